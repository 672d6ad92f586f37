import Mutation
import Testing

@Suite("SeededGenerator")
struct SeededGeneratorTests {
    @Test("the stream is SplitMix64's")
    func vector() {
        var generator = SeededGenerator(seed: 1_234_567)
        let drawn = (0..<5).map { _ in generator.next() }
        #expect(
            drawn == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("every number below the bound is drawn, about as often as another, and no other")
    func uniformity() {
        var generator = SeededGenerator(seed: 1)
        var counts = Array(repeating: 0, count: 10)
        for _ in 0..<10_000 { counts[generator.below(10)] += 1 }
        #expect(counts.allSatisfy { (850...1_150).contains($0) })
        #expect(generator.below(0) == 0)
        #expect(generator.element(of: [Int]()) == nil)
    }

    @Test("skewed numbers reach the bound and are small more often")
    func skew() {
        var generator = SeededGenerator(seed: 2)
        for bound in [1, 2, 3, 7, 64, 1_000] {
            let drawn = (0..<4_000).map { _ in generator.skewed(below: bound) }
            #expect(drawn.min() == 0)
            #expect(drawn.allSatisfy { $0 < bound })
            if bound < 100 { #expect(drawn.max() == bound - 1) }
            #expect(drawn.count { $0 <= bound / 2 } > 2_000)
        }
    }

    @Test("a split stream is another one and is decided by the seed")
    func split() {
        var (first, second) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9))
        var (left, right) = (first.split(), second.split())
        #expect(left.next() == right.next())
        #expect(left.next() != first.next())
    }
}
