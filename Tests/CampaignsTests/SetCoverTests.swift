import Mutation
import Testing

@testable import Campaigns

@Suite("Choosing few test cases")
struct SetCoverTests {
    private func chosen(_ candidates: [SetCover.Candidate], _ count: Int) -> [Int] {
        SetCover.choose(from: candidates, elementCount: count).map(\.candidate)
    }

    @Test("the one that shows most for its cost comes first, and what adds nothing is left out")
    func greedy() {
        let candidates = [
            SetCover.Candidate(elements: [0, 1], rank: 0, cost: 1),
            SetCover.Candidate(elements: [0, 1, 2, 3], rank: 0, cost: 1),
            SetCover.Candidate(elements: [3, 4], rank: 0, cost: 1),
            SetCover.Candidate(elements: [0, 1, 2, 3, 4], rank: 0, cost: 100),
            SetCover.Candidate(elements: [], rank: 0, cost: 1),
        ]
        #expect(chosen(candidates, 5) == [1, 2])
    }

    @Test("a lower rank goes first wherever it helps")
    func ranks() {
        let candidates = [
            SetCover.Candidate(elements: [0, 1, 2], rank: 1, cost: 1),
            SetCover.Candidate(elements: [0], rank: 0, cost: 50),
            SetCover.Candidate(elements: [1], rank: 0, cost: 50),
        ]
        #expect(chosen(candidates, 3) == [1, 2, 0])
    }

    @Test("everything that any has is covered, each element by one choice")
    func complete() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let candidates = (0..<30).map { _ in
                SetCover.Candidate(
                    elements: Array(Set((0..<generator.below(9)).map { _ in generator.below(40) })),
                    rank: generator.below(3), cost: Double(1 + generator.below(9)))
            }
            let choices = SetCover.choose(from: candidates, elementCount: 40)
            let covered = choices.flatMap(\.elements)
            #expect(Set(covered) == Set(candidates.flatMap(\.elements)))
            #expect(covered.count == Set(covered).count)
            #expect(choices.allSatisfy { !$0.elements.isEmpty })
        }
    }
}
