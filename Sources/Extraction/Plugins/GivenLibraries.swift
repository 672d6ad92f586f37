/// Libraries that the caller knows to be loaded, such as those that a trace saw mapped.
struct GivenLibraries: Plugin {
    let name = "libraries"
    let paths: [String]

    func extend(_ reachability: inout Reachability) -> String? {
        let loaded = paths.filter {
            reachability.load($0, requester: 0, label: "library \($0)") { _ in true }
        }
        return loaded.isEmpty ? nil : "libraries given: " + loaded.joined(separator: " ")
    }
}
