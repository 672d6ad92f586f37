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
    /// that is reached with it: the function, and those behind it. Numbers that no way leads to are
    /// left out.
    ///
    /// - Parameter executed: the functions, and what is live from them.
    func nearestWays(in executed: Reachability) -> [UInt32: [Node]] {
        var depths: [Node: Int] = [:]
        for node in executed.order {
            switch executed.visits[node]?.origin {
            case .function(let parent): depths[node] = (depths[parent] ?? 0) + 1
            case .root, nil: depths[node] = 0
            }
        }
        return numbers.compactMapValues { evidence in
            let ways = evidence.paths.compactMap { path -> (length: Int, path: [Node])? in
                path.first.flatMap { depths[$0] }.map { ($0 + path.count, path) }
            }
            // Of equally short ones always the same.
            let nearest = ways.min { left, right in
                left.length != right.length
                    ? left.length < right.length
                    : left.path.lexicographicallyPrecedes(right.path) {
                        ($0.module, $0.index) < ($1.module, $1.index)
                    }
            }
            guard let path = nearest?.path, let first = path.first else { return nil }
            return executed.way(to: first).nodes + path.dropFirst()
        }
    }
}
