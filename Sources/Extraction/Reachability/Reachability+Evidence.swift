internal import Syscalls

/// How far code is from code that is known to run.
extension Reachability {
    /// Functions that runs of the program are known to have entered: those with an instruction
    /// that was seen to make a call, the only caller of one of these where there is but one way
    /// in, and `main`.
    func functions(seenIn evidence: ExtractionEvidence) -> Set<Node> {
        var result = functions(holding: Set(evidence.numbers.keys))
        result.formUnion(functions(beginningAt: evidence.functions))
        var pending = Array(result)
        while let node = pending.popLast() {
            guard visits[node]?.isAddressTaken == false else { continue }
            let parents = Set(callers(of: node).map(\.caller))
            guard parents.count == 1, let parent = parents.first,
                result.insert(parent).inserted
            else { continue }
            pending.append(parent)
        }
        guard evidence.reachesMain else { return result }
        for node in order {
            guard case .root(let label) = visits[node]?.origin, label == "main" else { continue }
            result.insert(node)
        }
        return result
    }

    private func functions(beginningAt places: Set<CallSite>) -> Set<Node> {
        guard !places.isEmpty else { return [] }
        return Set(
            order.filter { node in
                let module = program.modules[node.module]
                let start = module.summary.functions[node.index].start
                return module.file.fileOffset(of: start).map {
                    places.contains(CallSite(module: module.file.path, offset: $0))
                } == true
            })
    }

    private func functions(holding places: Set<CallSite>) -> Set<Node> {
        var offsets: [String: Set<UInt64>] = [:]
        for place in places { offsets[place.module, default: []].insert(place.offset) }
        var result: Set<Node> = []
        for node in order {
            let module = program.modules[node.module]
            guard let wanted = offsets[module.file.path] else { continue }
            let holds = module.summary.functions[node.index].sites.contains { index in
                module.file.fileOffset(of: module.summary.sites[index].address)
                    .map(wanted.contains) == true
            }
            if holds { result.insert(node) }
        }
        return result
    }
}

extension NumberResolution {
    /// For each number, the fewest calls that lead from one of some functions to an instruction
    /// that is reached with it; numbers that no way leads to are left out.
    ///
    /// - Parameter executed: the functions, and what is live from them.
    func distances(in executed: Reachability) -> [UInt32: Int] {
        var depths: [Node: Int] = [:]
        for node in executed.order {
            switch executed.visits[node]?.origin {
            case .function(let parent): depths[node] = (depths[parent] ?? 0) + 1
            case .root, nil: depths[node] = 0
            }
        }
        return numbers.compactMapValues { evidence in
            evidence.paths.compactMap { path in
                path.first.flatMap { depths[$0] }.map { $0 + path.count - 1 }
            }.min()
        }
    }
}
