import TestCases

extension Mutator {
    /// Makes a call fail that the target was seen to make, or moves or removes such a fault.
    func changeFaults(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        let count = testCase.faults.count
        if count > 0, generator.chance(1, in: 4) {
            testCase.faults.remove(at: generator.below(count))
            return
        }
        if count > 0, generator.chance(1, in: 3) {
            let index = generator.below(count)
            testCase.faults[index].occurrence = UInt32(1 + generator.skewed(below: 64))
            return
        }
        guard let fault = fault(using: &generator) else { return }
        testCase.faults.append(fault)
    }

    private func fault(using generator: inout SeededGenerator) -> TestCase.Fault? {
        let row: FaultTable.Row
        let occurrences: Int
        let observed = vocabulary.observedCalls
        if let call = generator.element(of: observed) {
            guard let known = FaultTable.row(of: call.number) else { return nil }
            row = known
            occurrences = Int(call.occurrences)
        } else {
            guard let known = generator.element(of: FaultTable.rows) else { return nil }
            row = known
            occurrences = 16
        }
        guard let effect = generator.element(of: row.effects) else { return nil }
        // A program may make more calls on another path than it was seen to make.
        let occurrence =
            generator.chance(7, in: 8)
            ? 1 + generator.below(occurrences) : 1 + generator.skewed(below: 1_024)
        return TestCase.Fault(
            syscall: row.number, occurrence: UInt32(occurrence), effect: effect)
    }
}
