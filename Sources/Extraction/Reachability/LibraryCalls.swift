internal import Syscalls

/// The live calls that load a library or look up a function by a name that is not constant.
struct LibraryCalls {
    private static let functions: [(name: String, argument: Int, kind: String)] = [
        ("dlopen", 0, "dlopen"), ("dlmopen", 1, "dlopen"), ("dlsym", 1, "dlsym"),
        ("dlvsym", 1, "dlsym"),
    ]

    private(set) var unresolved: [StaticSet.Unresolved] = []

    /// - Parameter explained: modules whose calls an assumption accounts for.
    init(_ reachability: Reachability, explained: Set<Int>) {
        var walk = ArgumentWalk(reachability)
        for function in Self.functions {
            let edges = reachability.edges(toExport: function.name)
                .filter { !explained.contains($0.caller.module) }
            for outcome in walk.outcomes(of: .register(function.argument), at: edges) {
                // A program asks for itself by no name at all.
                let isItself = function.kind == "dlopen" && outcome.values == [0]
                guard !isItself, outcome.names(reachability.program) == nil else { continue }
                let file = reachability.program.modules[outcome.edge.caller.module].file
                let address = outcome.edge.address
                unresolved.append(
                    StaticSet.Unresolved(
                        kind: function.kind,
                        site: CallSite(
                            module: file.path, offset: file.fileOffset(of: address) ?? address),
                        detail: "\(function.name) of a name that is not constant"))
            }
        }
    }
}

extension ArgumentWalk.Outcome {
    /// The texts that the values point at, whether they can change or not.
    fileprivate func names(_ program: Program) -> [String]? {
        guard let values else { return nil }
        let file = program.modules[edge.caller.module].file
        let names = values.compactMap { file.string(at: $0, limit: 4096) }
        return names.count == values.count ? names : nil
    }
}
