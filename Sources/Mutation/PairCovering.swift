/// Rows of a few members out of many, so that every two members meet in some row: a covering
/// array of strength two.
///
/// Greedy: a row begins with the first two that have not met, and takes in turn the member that
/// meets the most others for the first time. With rows of four that takes about a fifth of the
/// rows that all pairs would.
struct PairCovering: Sendable {
    private(set) var rows: [[Int]] = []

    /// - Parameter width: members of a row, at most.
    init(count: Int, width: Int) {
        guard count > 1, width > 1 else { return }
        // By lower member, then by higher: whether they have met.
        var hasMet = [Bool](repeating: false, count: count * count)
        func meets(_ first: Int, _ second: Int) -> Bool {
            hasMet[min(first, second) * count + max(first, second)]
        }
        for first in 0..<(count - 1) {
            for second in (first + 1)..<count where !meets(first, second) {
                var row = [first, second]
                while row.count < width {
                    var best: (member: Int, gain: Int)?
                    for member in 0..<count where !row.contains(member) {
                        var gain = 0
                        for other in row where !meets(member, other) { gain += 1 }
                        if gain > best?.gain ?? 0 { best = (member, gain) }
                        if gain == row.count { break }
                    }
                    guard let best else { break }
                    row.append(best.member)
                }
                row.sort()
                for (position, low) in row.enumerated() {
                    for high in row[(position + 1)...] { hasMet[low * count + high] = true }
                }
                rows.append(row)
            }
        }
    }
}
