/// Libraries that the caller knows to be loaded, such as those that a trace saw mapped.
struct GivenLibraries: Plugin {
    let name = "libraries"
    let paths: [String]

    func extend(_ reachability: inout Reachability) -> String? {
        guard !paths.isEmpty else { return nil }
        let search = reachability.program.search
        let files = paths.map { search.tree.inside($0) }
        for file in files {
            _ = reachability.load(file, requester: 0, label: "library \(file)") { _ in true }
        }
        let main = reachability.program.modules[0].file
        let missing = files.filter { search.find($0, requesters: [main]) == nil }
        return list("libraries given", files.filter { !missing.contains($0) })
            + (missing.isEmpty ? "" : "; not found: " + missing.joined(separator: " "))
    }
}
