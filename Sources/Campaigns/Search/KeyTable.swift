internal import Traces

/// Values by feature, in the order in which they were added.
///
/// The keys are well mixed already, so they serve as hashes as they are.
struct KeyTable<Value: Sendable>: Sendable {
    private(set) var keys: [FeatureKey] = []
    /// By place, which stays what it is as long as nothing is removed.
    var values: [Value] = []
    /// Places by hash, in a power of two of slots of which at most half are taken; -1 for none.
    private var slots = [Int32](repeating: -1, count: 64)

    init() {}

    var count: Int { keys.count }

    /// The place of a key's value; nil when it has none.
    @inline(__always)
    func place(of key: FeatureKey) -> Int? {
        let place = slots[slot(of: key)]
        return place < 0 ? nil : Int(place)
    }

    /// The place of a key's value, which is the one given when it had none.
    @inline(__always)
    mutating func place(of key: FeatureKey, adding value: @autoclosure () -> Value) -> Int {
        let slot = slot(of: key)
        if slots[slot] >= 0 { return Int(slots[slot]) }
        keys.append(key)
        values.append(value())
        slots[slot] = Int32(truncatingIfNeeded: keys.count - 1)
        if keys.count * 2 > slots.count { grow() }
        return keys.count - 1
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
    }

    /// Where the key is or would be.
    @inline(__always)
    private func slot(of key: FeatureKey) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: key.rawValue) & mask
        while slots[slot] >= 0, keys[Int(slots[slot])] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for place in keys.indices { slots[slot(of: keys[place])] = Int32(place) }
    }
}
