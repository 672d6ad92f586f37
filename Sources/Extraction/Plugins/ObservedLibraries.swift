/// Libraries that runs of the program had mapped and that nothing else led to.
struct ObservedLibraries: Plugin {
    /// What everything that runs showed is assumed under.
    static let assumption = "observed"

    var name: String { Self.assumption }
    let paths: Set<String>

    func extend(_ reachability: inout Reachability) -> String? {
        let known = Set(reachability.program.modules.map(\.file.path))
        let loaded = paths.subtracting(known).sorted().filter {
            $0.hasPrefix("/")
                && reachability.load($0, requester: 0, label: "library \($0)") { _ in true }
        }
        return loaded.isEmpty
            ? nil : "libraries seen mapped in runs: " + loaded.joined(separator: " ")
    }
}
