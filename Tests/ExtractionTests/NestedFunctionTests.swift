import Syscalls
import Testing

@testable import Extraction

@Suite("Functions within functions")
struct NestedFunctionTests {
    @Test("an address lies in the function of the latest start that reaches it")
    func lookup() {
        var state: UInt64 = 1
        func draw(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        for count in [0, 1, 2, 5, 40, 200] {
            var summary = Summary()
            for _ in 0..<count {
                let start = 10 + draw(300)
                // Many short ones, a few that enclose dozens.
                let end = start + draw(draw(8) == 0 ? 200 : 6)
                summary.functions.append(
                    Summary.Function(
                        start: start, end: end, references: 0..<0, sites: 0..<0, returns: true,
                        deciding: 0))
            }
            summary.functions.sort { ($0.start, $0.end) < ($1.start, $1.end) }
            summary.noteNesting()
            for address in 0..<520 as Range<UInt64> {
                let expected = summary.functions.lastIndex {
                    $0.start <= address && address < $0.end
                }
                #expect(summary.function(containing: address) == expected)
            }
        }
    }

    @Test("what lies behind many entries into the middle of instructions is reached")
    func entries() throws {
        let path = try CompiledProgram.path("entered-within", CompiledProgram.freestanding)
        #expect(try CompiledProgram.run(path, []).status == 0)
        let set = try Extractor.extract(path, options: ExtractionOptions(cacheFolder: nil))
        #expect(set.syscalls.sortedNames == ["execve", "exit", "getsid"])
    }
}
