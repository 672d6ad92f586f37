internal import Syscalls

/// Ways from a root to a function.
extension Reachability {
    /// The functions from a root to a node, and the root's name.
    func way(to node: Node) -> (root: String, nodes: [Node]) {
        var nodes = [node]
        var current = node
        while true {
            switch visits[current]?.origin {
            case .function(let parent):
                nodes.append(parent)
                current = parent
            case .root(let label): return (label, nodes.reversed())
            case nil: return ("unknown", nodes.reversed())
            }
        }
    }

    func depth(of node: Node) -> Int { way(to: node).nodes.count }

    /// The steps of the way to the first function of a path, then along the path.
    func chain(_ path: [Node]) -> [StaticSet.Step] {
        guard let first = path.first else { return [] }
        let (root, nodes) = way(to: first)
        var steps = [
            StaticSet.Step(
                module: program.modules[nodes[0].module].file.path, function: root, link: .root)
        ]
        for node in nodes {
            steps.append(step(node, link: visits[node]?.link ?? .call))
        }
        for (caller, node) in zip(path, path.dropFirst()) {
            steps.append(step(node, link: caller.module == node.module ? .call : .imported))
        }
        return steps
    }

    /// What keeps the first of some functions, each of which leads to the next, from going on.
    ///
    /// - Parameters:
    ///   - live: in which the functions are.
    ///   - sites: the instructions that make the call.
    static func approach(
        along nodes: [Node], to sites: Set<CallSite>, in live: Reachability
    ) -> StaticSet.Approach? {
        guard let first = nodes.first else { return nil }
        let module = live.program.modules[first.module]
        let function = module.summary.functions[first.index]
        let addresses: [UInt64]
        if nodes.count > 1 {
            addresses = live.callers(of: nodes[1]).filter { $0.caller == first }.map(\.address)
        } else {
            addresses = function.sites.map { module.summary.sites[$0].address }.filter { address in
                module.file.fileOffset(of: address).map {
                    sites.contains(CallSite(module: module.file.path, offset: $0))
                } == true
            }
        }
        guard let address = addresses.min(), let offset = module.file.fileOffset(of: address)
        else { return nil }
        let search = GuardSearch(
            function.start..<max(function.start, function.end), of: module.file)
        return StaticSet.Approach(
            steps: nodes.map { live.step($0, link: live.visits[$0]?.link ?? .call) },
            site: CallSite(module: module.file.path, offset: offset),
            guards: search.guards(of: address))
    }

    private func step(_ node: Node, link: StaticSet.Step.Link) -> StaticSet.Step {
        let module = program.modules[node.module]
        let start = module.summary.functions[node.index].start
        let name = module.file.contents.symbols.names[start]
        let offset = module.file.fileOffset(of: start) ?? start
        return StaticSet.Step(
            module: module.file.path, function: name ?? "0x" + String(offset, radix: 16),
            link: link)
    }
}
