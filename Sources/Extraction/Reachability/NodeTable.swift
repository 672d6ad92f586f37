/// A value for some of the functions or objects of a program: a dictionary whose keys are dense,
/// looked up without hashing.
struct NodeTable<Value: Sendable>: Sendable {
    private var rows: [[Value?]] = []

    subscript(_ node: Reachability.Node) -> Value? {
        get {
            guard node.module < rows.count, node.index < rows[node.module].count else {
                return nil
            }
            return rows[node.module][node.index]
        }
        _modify {
            makeRoom(for: node)
            yield &rows[node.module][node.index]
        }
    }

    subscript(
        _ node: Reachability.Node, default value: @autoclosure () -> Value
    ) -> Value {
        get { self[node] ?? value() }
        _modify {
            makeRoom(for: node)
            var current = rows[node.module][node.index] ?? value()
            rows[node.module][node.index] = nil
            defer { rows[node.module][node.index] = current }
            yield &current
        }
    }

    private mutating func makeRoom(for node: Reachability.Node) {
        while rows.count <= node.module { rows.append([]) }
        let missing = node.index + 1 - rows[node.module].count
        if missing > 0 {
            rows[node.module].append(contentsOf: repeatElement(nil, count: missing))
        }
    }
}

extension Reachability {
    /// A function, or a data object, of a module.
    struct Node: Hashable {
        private let code: UInt64

        init(module: Int, index: Int) {
            code = UInt64(module) << 32 | UInt64(index)
        }

        var module: Int { Int(code >> 32) }
        var index: Int { Int(code & 0xffff_ffff) }
    }
}
