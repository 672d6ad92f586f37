/// A greedy choice of few and cheap sets that hold everything that all of them hold.
struct SetCover {
    /// One set that may be chosen.
    struct Candidate {
        var elements: [Int]
        /// Candidates of a lower rank are chosen first wherever they help.
        var rank: Int
        /// Above zero.
        var cost: Double
    }

    /// What is chosen, by index, with the elements that no choice before it had. Of two candidates
    /// that help alike the first is chosen.
    static func choose(
        from candidates: [Candidate], elementCount: Int
    ) -> [(candidate: Int, elements: [Int])] {
        var isCovered = [Bool](repeating: false, count: elementCount)
        var choices: [(candidate: Int, elements: [Int])] = []
        for rank in Set(candidates.map(\.rank)).sorted() {
            var heap = Heap()
            for (index, candidate) in candidates.enumerated() where candidate.rank == rank {
                heap.insert((Double(candidate.elements.count) / candidate.cost, index))
            }
            // What a candidate adds only shrinks, so one that is still the best when it is looked
            // at again is the best of all.
            while let (value, index) = heap.removeBest() {
                let rest = candidates[index].elements.filter { !isCovered[$0] }
                guard !rest.isEmpty else { continue }
                let current = Double(rest.count) / candidates[index].cost
                guard current >= value else {
                    heap.insert((current, index))
                    continue
                }
                for element in rest { isCovered[element] = true }
                choices.append((index, rest))
            }
        }
        return choices
    }

    /// The most valuable entry first, of equal ones that with the lowest index.
    private struct Heap {
        typealias Entry = (value: Double, index: Int)
        private var entries: [Entry] = []

        private static func isBetter(_ first: Entry, _ second: Entry) -> Bool {
            first.value != second.value ? first.value > second.value : first.index < second.index
        }

        mutating func insert(_ entry: Entry) {
            entries.append(entry)
            var place = entries.count - 1
            while place > 0, Self.isBetter(entries[place], entries[(place - 1) / 2]) {
                entries.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
        }

        mutating func removeBest() -> Entry? {
            guard let best = entries.first, let last = entries.popLast() else { return nil }
            guard !entries.isEmpty else { return best }
            entries[0] = last
            var place = 0
            while true {
                let children = [2 * place + 1, 2 * place + 2].filter { $0 < entries.count }
                guard
                    let child = children.min(by: { Self.isBetter(entries[$0], entries[$1]) }),
                    Self.isBetter(entries[child], entries[place])
                else { return best }
                entries.swapAt(child, place)
                place = child
            }
        }
    }
}
