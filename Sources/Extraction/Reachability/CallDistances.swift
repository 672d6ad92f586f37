package import Syscalls

/// How many calls lead from a program's functions to each of its system calls.
package struct CallDistances: Sendable {
    package struct Landmark: Hashable, Sendable {
        /// Where the function begins.
        package let function: CallSite
        package let distance: Int

        package init(function: CallSite, distance: Int) {
            self.function = function
            self.distance = distance
        }
    }

    /// By call, the nearest functions first; calls that no way leads to are left out.
    package let landmarks: [SyscallNumber: [Landmark]]
}

extension NumberResolution {
    /// A pointer to a function may never be called; as many direct calls are as likely.
    private static let pointerDistance = 3
    /// Ways that are longer say nothing.
    private static let mostDistance = 24

    /// The functions of some modules from which the fewest calls lead to each number, at most so
    /// many for each; of a function that pointers are about, the one that takes its address counts
    /// as a caller.
    func distances(
        from modules: Set<Int>, atMost limit: Int, in live: Reachability
    ) -> CallDistances {
        var result: [SyscallNumber: [CallDistances.Landmark]] = [:]
        for (raw, evidence) in numbers {
            var starts: [Node: Int] = [:]
            for path in evidence.paths {
                guard let first = path.first else { continue }
                starts[first] = min(starts[first] ?? .max, path.count - 1)
            }
            let landmarks = Self.landmarks(around: starts, from: modules, atMost: limit, in: live)
            if !landmarks.isEmpty { result[SyscallNumber(rawValue: raw)] = landmarks }
        }
        return CallDistances(landmarks: result)
    }

    private static func landmarks(
        around starts: [Node: Int], from modules: Set<Int>, atMost limit: Int,
        in live: Reachability
    ) -> [CallDistances.Landmark] {
        var waiting = [[Node]](repeating: [], count: mostDistance + pointerDistance + 1)
        for (node, distance) in starts where distance <= mostDistance {
            waiting[distance].append(node)
        }
        var seen = NodeTable<Void>()
        var landmarks: [CallDistances.Landmark] = []
        for distance in 0...mostDistance where landmarks.count < limit {
            // What is found at one distance is in an order of its own, whatever led there.
            let nodes = waiting[distance].sorted { ($0.module, $0.index) < ($1.module, $1.index) }
            for node in nodes where seen[node] == nil {
                seen[node] = ()
                if modules.contains(node.module), landmarks.count < limit,
                    let function = live.site(of: node)
                {
                    landmarks.append(.init(function: function, distance: distance))
                }
                for edge in live.callers(of: node) { waiting[distance + 1].append(edge.caller) }
                if let visit = live.visits[node], visit.isPointedTo,
                    case .function(let taker) = visit.origin
                {
                    waiting[distance + pointerDistance].append(taker)
                }
            }
        }
        return landmarks
    }
}

extension Reachability {
    /// Where a function begins; nil where no byte of the file is loaded.
    fileprivate func site(of node: Node) -> CallSite? {
        let module = program.modules[node.module]
        return module.file.fileOffset(of: module.summary.functions[node.index].start).map {
            CallSite(module: module.file.path, offset: $0)
        }
    }
}
