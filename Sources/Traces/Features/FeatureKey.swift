internal import Syscalls

/// The identity of a feature: a 64-bit hash that is the same in every process and release.
///
/// A database stores it as an integer, workers exchange it, and the extractor computes it without
/// building the feature. With a million features the chance that any two share a key is one in
/// thirty million.
package struct FeatureKey: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    @inline(__always)
    init(_ kind: Feature.Kind, _ role: StableHash) {
        var hash = role
        hash.combine(UInt64(kind.rawValue))
        rawValue = hash.value
    }

    @inline(__always)
    init(_ kind: Feature.Kind, _ role: StableHash, _ first: UInt64) {
        var hash = role
        hash.combine(UInt64(kind.rawValue))
        hash.combine(first)
        rawValue = hash.value
    }

    @inline(__always)
    init(_ kind: Feature.Kind, _ role: StableHash, _ first: UInt64, _ second: UInt64) {
        var hash = role
        hash.combine(UInt64(kind.rawValue))
        hash.combine(first)
        hash.combine(second)
        rawValue = hash.value
    }

    @inline(__always)
    init(
        _ kind: Feature.Kind, _ role: StableHash, _ first: UInt64, _ second: UInt64,
        _ third: UInt64
    ) {
        var hash = role
        hash.combine(UInt64(kind.rawValue))
        hash.combine(first)
        hash.combine(second)
        hash.combine(third)
        rawValue = hash.value
    }
}

/// A 64-bit hash without a seed: equal inputs hash alike on every run of every build.
///
/// The mixing is that of SplitMix64. Not for tables that an attacker fills on purpose; a target
/// that made features collide would only hide them from its own campaign.
struct StableHash: Hashable, Sendable {
    private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    init() {}

    init(_ text: String) {
        combine(text)
    }

    @inline(__always)
    mutating func combine(_ word: UInt64) {
        var mixed = (value ^ word) &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        value = mixed ^ (mixed >> 31)
    }

    mutating func combine(_ text: String) {
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 {
                combine(word)
                word = 0
            }
        }
        combine(word)
        combine(count)
    }

    /// The hash of a role, which begins the key of each of its features.
    init(_ role: Role) {
        switch role {
        case .root: combine(1)
        case .worker: combine(2)
        case .thread: combine(3)
        case .exec(let image):
            combine(4)
            combine(image)
        }
    }
}
