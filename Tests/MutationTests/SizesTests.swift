import TestCases
import Testing

@testable import Mutation

@Suite("Sizes")
struct SizesTests {
    @Test("of what is repeated at random little is large, and something is")
    func large() {
        var generator = SeededGenerator(seed: 7)
        let line = Bytes("alpha beta gamma\n".utf8)
        let sizes = (0..<2_000).map { _ in Sizes.repeated(line, using: &generator).size }
        let large = sizes.count { $0 > 1 << 18 }
        #expect((50...300).contains(large), "\(large)")
    }
}
