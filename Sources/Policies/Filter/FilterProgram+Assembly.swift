internal import Phasing
internal import Syscalls

extension FilterProgram {
    /// `AUDIT_ARCH_X86_64` of linux/audit.h.
    package static let architecture: UInt32 = 0xc000_003e
    /// Set in the numbers of the x32 table, which shares the architecture.
    package static let x32Bit: UInt32 = 0x4000_0000

    /// The filter of a map: a binary tree over its ranges.
    ///
    /// Calls of other architectures, and of the x32 table, kill the process: their numbers mean
    /// other calls. Number -1 fails with `ENOSYS`: a tracer that cancels a call leaves it, and
    /// must be able to under every policy.
    ///
    /// - Parameter foreign: what is done at such a call in place of that, for a tracer that kills.
    package init(
        _ map: ActionMap, ofOtherTables foreign: FilterAction = .killProcess
    ) throws(PolicyError) {
        typealias Code = Instruction.Code
        let kill = Self.returning(.killProcess)
        var program = [
            // Offsets into struct seccomp_data: 4 is the architecture, 0 the number.
            Instruction(code: Code.loadAbsolute, operand: 4),
            Instruction(code: Code.jumpEqual, jumpTrue: 1, operand: Self.architecture),
            Self.returning(foreign),
            Instruction(code: Code.loadAbsolute, operand: 0),
            Instruction(code: Code.jumpGreaterOrEqual, jumpFalse: 3, operand: Self.x32Bit),
            Instruction(code: Code.jumpEqual, jumpFalse: 1, operand: .max),
            Self.returning(.error(ActionMap.noSuchCall)),
            kill,
        ]
        program += Self.tree(over: map.ranges[...])
        try self.init(instructions: program)
    }

    /// Instructions that return the action of the range which the loaded number is in.
    private static func tree(over ranges: ArraySlice<ActionMap.Range>) -> [Instruction] {
        guard ranges.count > 1 else {
            return ranges.first.map(answer(of:)) ?? [returning(.killProcess)]
        }
        let middle = ranges.startIndex + ranges.count / 2
        let below = tree(over: ranges[..<middle])
        let above = tree(over: ranges[middle...])
        let start = ranges[middle].start
        typealias Code = Instruction.Code
        if let distance = UInt8(exactly: below.count) {
            let jump = Instruction(
                code: Code.jumpGreaterOrEqual, jumpTrue: distance, operand: start)
            return [jump] + below + above
        }
        // Conditional jumps reach 255 instructions, unconditional ones any.
        return [
            Instruction(code: Code.jumpGreaterOrEqual, jumpFalse: 1, operand: start),
            Instruction(code: Code.jumpAlways, operand: UInt32(below.count)),
        ] + below + above
    }

    /// What answers for a range: its action, behind tests of the arguments where there are some.
    ///
    /// A test that fails goes on with the next list of tests, which finds the same word loaded when
    /// nothing else was looked at.
    private static func answer(of range: ActionMap.Range) -> [Instruction] {
        guard let exceptions = range.exceptions else { return [returning(range.action)] }
        var program: [Instruction] = []
        var loaded: ArgumentWord?
        for way in exceptions.ways {
            let words = way.flatMap(ArgumentWord.words(of:))
            var tests: [Instruction] = []
            for (place, word) in words.enumerated() {
                if place > 0 || loaded?.isLoaded(like: word) != true { tests += word.loading }
                tests.append(Instruction(code: Instruction.Code.jumpEqual, operand: word.value))
            }
            tests.append(returning(exceptions.action))
            program += tests.enumerated().map { index, instruction in
                guard instruction.code == Instruction.Code.jumpEqual else { return instruction }
                // A list has at most six tests of two words, each of three instructions.
                let distance = UInt8(clamping: tests.count - index - 1)
                return Instruction(
                    code: instruction.code, jumpFalse: distance, operand: instruction.operand)
            }
            loaded = words.count == 1 ? words.first : nil
        }
        return program + [returning(range.action)]
    }

    private static func returning(_ action: FilterAction) -> Instruction {
        Instruction(code: Instruction.Code.returnConstant, operand: action.returnValue)
    }
}

/// Half of an argument register, which is what a filter can load, and what it is to be.
private struct ArgumentWord {
    /// Into struct seccomp_data.
    let offset: UInt32
    let mask: UInt32
    let value: UInt32

    /// The halves that a test for a value has to look at: the lower one first.
    static func words(of test: ArgumentTest) -> [ArgumentWord] {
        let start = 16 + 8 * UInt32(test.index)
        return [UInt64(0), 32].compactMap { shift in
            let mask = UInt32(truncatingIfNeeded: test.mask >> shift)
            guard mask != 0 else { return nil }
            return ArgumentWord(
                offset: start + (shift == 0 ? 0 : 4), mask: mask,
                value: UInt32(truncatingIfNeeded: test.value >> shift))
        }
    }

    func isLoaded(like other: ArgumentWord) -> Bool {
        offset == other.offset && mask == other.mask
    }

    var loading: [Instruction] {
        let load = Instruction(code: Instruction.Code.loadAbsolute, operand: offset)
        guard mask != .max else { return [load] }
        return [load, Instruction(code: Instruction.Code.and, operand: mask)]
    }
}
