/// A set of system calls, as one bit for each number below ``capacity``.
///
/// Insertion and lookup are constant time and allocate nothing. Numbers at or above the capacity
/// are no calls of any kernel; ``insert(_:)`` refuses them.
package struct SyscallSet: Sendable {
    /// One more than the largest number that fits.
    package static let capacity = 512

    @usableFromInline
    var words: InlineArray<8, UInt64>

    @inlinable
    package init() {
        words = InlineArray(repeating: 0)
    }

    /// A set of those members that fit, see ``capacity``.
    package init(_ members: some Sequence<SyscallNumber>) {
        self.init()
        for member in members { insert(member) }
    }

    /// Adds a member; returns whether it fits and was not there.
    @inlinable
    @discardableResult
    package mutating func insert(_ member: SyscallNumber) -> Bool {
        let raw = Int(member.rawValue)
        guard raw < Self.capacity else { return false }
        let bit: UInt64 = 1 << UInt64(raw & 63)
        guard words[raw >> 6] & bit == 0 else { return false }
        words[raw >> 6] |= bit
        return true
    }

    /// Takes a member out; returns whether it was there.
    @discardableResult
    package mutating func remove(_ member: SyscallNumber) -> Bool {
        guard contains(member) else { return false }
        let raw = Int(member.rawValue)
        words[raw >> 6] &= ~(1 << UInt64(raw & 63))
        return true
    }

    @inlinable
    package func contains(_ member: SyscallNumber) -> Bool {
        let raw = Int(member.rawValue)
        guard raw < Self.capacity else { return false }
        return words[raw >> 6] & (1 << UInt64(raw & 63)) != 0
    }

    package var isEmpty: Bool { words.indices.allSatisfy { words[$0] == 0 } }

    package var count: Int {
        words.indices.reduce(0) { $0 + words[$1].nonzeroBitCount }
    }

    package mutating func formUnion(_ other: SyscallSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    package func union(_ other: SyscallSet) -> SyscallSet {
        var result = self
        result.formUnion(other)
        return result
    }

    package func intersection(_ other: SyscallSet) -> SyscallSet {
        var result = self
        for index in words.indices { result.words[index] &= other.words[index] }
        return result
    }

    package func subtracting(_ other: SyscallSet) -> SyscallSet {
        var result = self
        for index in words.indices { result.words[index] &= ~other.words[index] }
        return result
    }

    package func isSubset(of other: SyscallSet) -> Bool { subtracting(other).isEmpty }
}

extension SyscallSet: Equatable, Hashable {
    package static func == (left: SyscallSet, right: SyscallSet) -> Bool {
        left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in words.indices { hasher.combine(words[index]) }
    }
}

extension SyscallSet: Sequence {
    /// The members in ascending order of their numbers.
    package func makeIterator() -> AnyIterator<SyscallNumber> {
        var index = 0
        var word = words[0]
        return AnyIterator { [words] in
            while word == 0 {
                index += 1
                guard index < words.count else { return nil }
                word = words[index]
            }
            let bit = word.trailingZeroBitCount
            word &= word - 1
            return SyscallNumber(rawValue: UInt32(index * 64 + bit))
        }
    }

    /// The names of the members, in alphabetical order: the order of every listing and export.
    package var sortedNames: [String] { map(\.name).sorted() }
}

extension SyscallSet: ExpressibleByArrayLiteral {
    package init(arrayLiteral members: SyscallNumber...) {
        self.init(members)
    }
}

extension SyscallSet: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([SyscallNumber].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(sortedNames)
    }
}
