/// A set of 64-bit hashes that is emptied in constant time and keeps its memory.
///
/// The keys are well mixed already, so they are used as table positions without hashing again.
struct KeySet: Sendable {
    /// Key and the generation it was inserted in; entries of other generations are free.
    private var slots: [(key: UInt64, generation: UInt32)]
    private var generation: UInt32 = 1
    private(set) var count = 0

    init(minimumCapacity: Int = 512) {
        var capacity = 64
        while capacity < minimumCapacity * 2 { capacity *= 2 }
        slots = Array(repeating: (0, 0), count: capacity)
    }

    mutating func removeAll() {
        count = 0
        generation &+= 1
        guard generation == 0 else { return }
        // Four thousand million traces later old entries would look new.
        for index in slots.indices { slots[index].generation = 0 }
        generation = 1
    }

    /// Adds a key; returns whether it was not there.
    mutating func insert(_ key: UInt64) -> Bool {
        if count * 2 >= slots.count { grow() }
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key) & mask
        while slots[index].generation == generation {
            if slots[index].key == key { return false }
            index = (index + 1) & mask
        }
        slots[index] = (key, generation)
        count += 1
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: (0, 0), count: old.count * 2)
        count = 0
        for slot in old where slot.generation == generation { _ = insert(slot.key) }
    }
}
