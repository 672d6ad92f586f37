import Extraction
import Platform
import TestSupport
import Testing

@Suite("Instructions that compare numbers")
struct NumberComparisonTests {
    @Test("comparisons of the functions that were asked for are found, and no others")
    func found() throws {
        let program = try TestProgram.build("Planted/computed-number")
        let functions = try FunctionEntries.read(program)
        let all = try NumberComparisons.read(
            program, ofFunctionsAt: Set(functions), atMost: 1000)
        #expect(all.contains { $0.width == 4 })
        for comparison in all {
            #expect([2, 4, 8].contains(comparison.width))
            if case .number(let number) = comparison.right {
                #expect(!(-1...255).contains(Int64(bitPattern: number)))
            }
        }
        #expect(
            try NumberComparisons.read(program, ofFunctionsAt: [], atMost: 1000).isEmpty)
        #expect(
            try NumberComparisons.read(program, ofFunctionsAt: Set(functions), atMost: 1).count
                <= 1)
    }

    @Test("operands are read from registers and memory, cut to their width")
    func values() throws {
        var registers = [UInt64](repeating: 0, count: 16)
        registers[0] = 0xffff_ffff_0000_0001
        registers[3] = 0x1000
        registers[6] = 2
        let comparison = NumberComparison(
            address: 0, fileOffset: 0, left: .register(0),
            right: .memory(base: 3, index: 6, scale: 4, distance: -8), width: 4)
        let numbers = comparison.numbers(registers: registers, displacement: 0x5000) {
            $0 == 0x1000 ? 0x1_2345_6789 : nil
        }
        #expect(numbers?.left == 1)
        #expect(numbers?.right == 0x2345_6789)
        let own = NumberComparison(
            address: 0, fileOffset: 0, left: .number(9),
            right: .memory(base: nil, index: nil, scale: 1, distance: 0x20), width: 8)
        #expect(own.numbers(registers: registers, displacement: 0x5000) { $0 }?.right == 0x5020)
        #expect(own.numbers(registers: registers, displacement: 0) { _ in nil } == nil)
    }
}
