/// What a function's own stack holds, as far as it is known: values that do not overlap.
struct StackSlots: Equatable {
    struct Slot: Equatable {
        /// From the stack pointer on entry.
        let distance: Int64
        let width: Int
        var value: AbstractValue
    }

    /// Sorted by distance. Frames have few, and most blocks change none, so that states share one
    /// array.
    private var slots: [Slot] = []

    /// The value that begins at a distance.
    subscript(_ distance: Int64) -> Slot? {
        let position = slots.partitionPoint { $0.distance >= distance }
        guard position < slots.count, slots[position].distance == distance else { return nil }
        return slots[position]
    }

    /// Puts a value in the place of all that it overlaps.
    mutating func store(_ value: AbstractValue, at distance: Int64, width: Int) {
        let (end, overflow) = distance.addingReportingOverflow(Int64(width))
        var first = slots.partitionPoint { $0.distance >= distance }
        var next = first
        while next < slots.count,
            slots[next].distance == distance || !overflow && slots[next].distance < end
        {
            next += 1
        }
        if first > 0, slots[first - 1].distance &+ Int64(slots[first - 1].width) > distance {
            first -= 1
        }
        let slot = Slot(distance: distance, width: width, value: value)
        if next == first + 1 {
            slots[first] = slot
        } else {
            slots.replaceSubrange(first..<next, with: CollectionOfOne(slot))
        }
    }

    /// Forgets what stands at a distance or above.
    mutating func forget(from distance: Int64) {
        let kept = slots.partitionPoint { $0.distance >= distance }
        if kept < slots.count { slots.removeSubrange(kept...) }
    }

    /// Keeps what is known when the other may be the stack as well; returns whether that is less.
    mutating func join(_ other: StackSlots) -> Bool {
        if self == other { return false }
        var kept: [Slot] = []
        kept.reserveCapacity(min(slots.count, other.slots.count))
        var next = 0
        for slot in slots {
            while next < other.slots.count, other.slots[next].distance < slot.distance {
                next += 1
            }
            guard next < other.slots.count else { break }
            let second = other.slots[next]
            guard second.distance == slot.distance, second.width == slot.width else { continue }
            kept.append(
                Slot(
                    distance: slot.distance, width: slot.width,
                    value: slot.value.joined(second.value)))
        }
        // States share what does not differ.
        guard kept != slots else { return false }
        slots = kept
        return true
    }
}
