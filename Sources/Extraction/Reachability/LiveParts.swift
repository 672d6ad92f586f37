/// The parts of those functions that may be live in part only, which are few of all.
struct LiveParts: Sendable {
    private var parts: [LivePart] = []
    private var positions = NodeTable<Int32>()

    /// Where the part of a function is; nil for one that is live as a whole.
    func position(of node: Reachability.Node) -> Int? { positions[node].map { Int($0) } }

    subscript(_ position: Int) -> LivePart {
        _read { yield parts[position] }
        _modify { yield &parts[position] }
    }

    /// - Parameter node: a function that has none yet.
    mutating func append(_ part: LivePart, of node: Reachability.Node) {
        positions[node] = Int32(truncatingIfNeeded: parts.count)
        parts.append(part)
    }
}
