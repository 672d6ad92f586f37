import TestCases

extension Mutator {
    func changeInput(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        if generator.chance(1, in: 8) {
            let kinds = TestCase.StandardInput.Kind.allCases
            testCase.standardInput.kind = generator.element(of: kinds) ?? .file
            return
        }
        if let repetition = testCase.standardInput.repetition {
            testCase.standardInput.repetition =
                generator.chance(1, in: 4) ? nil : Sizes.changed(repetition, using: &generator)
            return
        }
        if generator.chance(1, in: Sizes.rarity) {
            testCase.standardInput.repetition = Sizes.repeated(
                testCase.standardInput.bytes, using: &generator)
            return
        }
        changeContent(
            &testCase.standardInput.bytes, limit: InputLimits.inputBytes,
            other: other?.standardInput.bytes, testCase: testCase, using: &generator)
    }

    /// Lines of vocabulary, sometimes from a terminal or a pipe.
    func generateInput(of testCase: inout TestCase, using generator: inout SeededGenerator) {
        testCase.standardInput.bytes = lines(in: testCase, using: &generator)
        if generator.chance(1, in: 4) {
            let kinds = TestCase.StandardInput.Kind.allCases
            testCase.standardInput.kind = generator.element(of: kinds) ?? .file
        }
    }

    /// Changes the bytes of the input or of a file, by lines or by bytes.
    func changeContent(
        _ bytes: inout Bytes, limit: Int, other: Bytes?, testCase: TestCase,
        using generator: inout SeededGenerator
    ) {
        switch generator.below(10) {
        case 0: bytes = lines(in: testCase, using: &generator)
        case 1, 2, 3:
            let start = lineStart(in: bytes, using: &generator)
            bytes.insert(contentsOf: line(in: testCase, using: &generator), at: start)
        case 4:
            let donor = other ?? bytes
            let first = lineStart(in: donor, using: &generator)
            let end = min(donor.count, first + generator.within(1...512))
            let start = lineStart(in: bytes, using: &generator)
            bytes.insert(contentsOf: donor[first..<end], at: start)
        case 5:
            let start = lineStart(in: bytes, using: &generator)
            let end = bytes[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? bytes.count
            bytes.removeSubrange(start..<end)
        case 6:
            if generator.chance(1, in: 8) { grow(&bytes, using: &generator) } else { bytes = [] }
        default:
            ByteHavoc.mutate(&bytes, limit: limit, vocabulary: vocabulary, using: &generator)
        }
        if bytes.count > limit { bytes.removeSubrange(limit...) }
    }

    /// One to eight lines.
    func lines(in testCase: TestCase, using generator: inout SeededGenerator) -> Bytes {
        var bytes: Bytes = []
        for _ in 0...generator.skewed(below: 8) {
            bytes += line(in: testCase, using: &generator)
        }
        return bytes
    }

    /// A known line, sometimes with an operand behind it, or words in a row, or a call, or a name
    /// of a file.
    private func line(in testCase: TestCase, using generator: inout SeededGenerator) -> Bytes {
        var line: Bytes
        if generator.chance(1, in: 12), let file = generator.element(of: testCase.files) {
            return file.path + [0x0a]
        }
        if generator.chance(3, in: 4), let known = vocabulary.lines.draw(using: &generator) {
            line = known
            if generator.chance(1, in: 4) {
                line += [0x20] + operand(in: testCase, using: &generator)
            }
        } else if generator.chance(1, in: 3),
            let name = vocabulary.words.draw(using: &generator), CallSyntax.isName(name)
        {
            let arguments = (0...generator.skewed(below: 3)).map { _ in
                generator.chance(1, in: 4)
                    ? ByteHavoc.number(using: &generator)
                    : operand(in: testCase, using: &generator)
            }
            line = CallSyntax.call(name, arguments)
        } else {
            line = ByteHavoc.token(of: vocabulary, using: &generator)
            for _ in 0..<generator.skewed(below: 6) {
                line += [0x20] + ByteHavoc.token(of: vocabulary, using: &generator)
            }
        }
        return line + [0x0a]
    }

    /// Fills to a size at which programs take another way to read.
    private func grow(_ bytes: inout Bytes, using generator: inout SeededGenerator) {
        let wanted = 1 << generator.within(10...20)
        let part = bytes.isEmpty ? Bytes("line\n".utf8) : Bytes(bytes.prefix(wanted))
        bytes.reserveCapacity(wanted + part.count)
        while bytes.count < wanted { bytes += part }
    }

    /// The start of a line near a random place, or the end of the bytes.
    func lineStart(in bytes: Bytes, using generator: inout SeededGenerator) -> Int {
        let position = generator.below(bytes.count + 1)
        return bytes[position...].prefix(4_096).firstIndex(of: 0x0a).map { $0 + 1 }
            ?? min(bytes.count, position)
    }
}
