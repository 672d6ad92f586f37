package import TestCases

/// Distinct byte strings by where they come from, from which one is drawn at constant cost.
///
/// A source is drawn first, by its weight, then one of its members: the ten words of a harness
/// are not drowned by the ten thousand of a binary.
package struct Pool: Sendable {
    /// Members of one source; further ones are not taken.
    package static let capacity = 2_048
    /// Longer byte strings are not taken.
    package static let longestMember = 4_096

    /// Made once: drawing is frequent.
    private static let sources = Vocabulary.Source.allCases

    private var members: [[Bytes]] = Array(repeating: [], count: Vocabulary.Source.allCases.count)
    private var known: Set<Bytes> = []

    package init() {}

    /// Takes the bytes, unless they are known, empty or too long, or the source is full.
    @discardableResult
    package mutating func insert(_ bytes: Bytes, from source: Vocabulary.Source) -> Bool {
        guard !bytes.isEmpty, bytes.count <= Self.longestMember,
            members[source.rawValue].count < Self.capacity, known.insert(bytes).inserted
        else { return false }
        members[source.rawValue].append(bytes)
        return true
    }

    /// Members of all sources.
    package var count: Int { known.count }

    /// Whether any source has the bytes.
    package func contains(_ bytes: Bytes) -> Bool { known.contains(bytes) }

    /// The members of each source, in the order of ``Vocabulary/Source``.
    var membersBySource: [[Bytes]] { members }

    /// All members, the best source first, each source in order of insertion.
    package var all: [Bytes] { members.flatMap { $0 } }

    /// A member, nil when there is none.
    package func draw(using generator: inout SeededGenerator) -> Bytes? {
        var total = 0
        for source in Self.sources where !members[source.rawValue].isEmpty {
            total += source.weight
        }
        guard total > 0 else { return nil }
        var position = generator.below(total)
        for source in Self.sources where !members[source.rawValue].isEmpty {
            position -= source.weight
            if position < 0 { return generator.element(of: members[source.rawValue]) }
        }
        return nil
    }
}
