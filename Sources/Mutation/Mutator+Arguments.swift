import TestCases

extension Mutator {
    func changeArguments(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let count = testCase.arguments.count
        let position = generator.below(count + 1)
        switch generator.below(count == 0 ? 6 : 18) {
        case 0, 1, 2: insertOption(into: &testCase, using: &generator)
        case 3:
            testCase.arguments.insert(operand(in: testCase, using: &generator), at: position)
        case 4:
            testCase.arguments.insert(special(using: &generator), at: position)
        case 5: splice(into: &testCase, from: other, at: position, using: &generator)
        case 6, 7: testCase.arguments.remove(at: generator.below(count))
        case 8: removeRange(of: &testCase.arguments, using: &generator)
        case 9:
            testCase.arguments.insert(testCase.arguments[generator.below(count)], at: position)
        case 10: testCase.arguments.swapAt(generator.below(count), generator.below(count))
        case 11, 12:
            testCase.arguments[generator.below(count)] = operand(in: testCase, using: &generator)
        case 13: changeValue(in: &testCase, using: &generator)
        case 14: abbreviate(&testCase.arguments[generator.below(count)], using: &generator)
        case 15: combineShortOptions(in: &testCase.arguments, using: &generator)
        case 16:
            let index = generator.below(count)
            if !testCase.arguments[index].isEmpty {
                ByteHavoc.replaceNumber(in: &testCase.arguments[index], using: &generator)
            }
        default:
            ByteHavoc.mutate(
                &testCase.arguments[generator.below(count)], limit: InputLimits.argumentBytes,
                vocabulary: vocabulary, using: &generator)
        }
    }

    /// Options before the base's arguments, or before new operands instead of them.
    func generateArguments(of testCase: inout TestCase, using generator: inout SeededGenerator) {
        if generator.chance(1, in: 3) {
            testCase.arguments = []
            if generator.chance(1, in: 2),
                let command = generator.element(of: vocabulary.commands)
            {
                testCase.arguments.append(command.name)
            }
            for _ in 0..<generator.below(4) {
                testCase.arguments.append(operand(in: testCase, using: &generator))
            }
        }
        for _ in 0..<generator.skewed(below: 8) { insertOption(into: &testCase, using: &generator) }
        if generator.chance(1, in: 16) {
            let position = generator.below(testCase.arguments.count + 1)
            testCase.arguments.insert(special(using: &generator), at: position)
        }
    }

    /// An option of the vocabulary, with an argument where it may take one; most often in front,
    /// where every parser looks.
    private func insertOption(
        into testCase: inout TestCase, using generator: inout SeededGenerator
    ) {
        if let command = command(of: testCase), generator.chance(2, in: 3),
            let option = generator.element(of: command.options)
        {
            insert(option, into: &testCase, from: 1, using: &generator)
            return
        }
        guard var option = vocabulary.drawOption(using: &generator) else {
            let word = vocabulary.words.draw(using: &generator) ?? special(using: &generator)
            testCase.arguments.insert(word, at: generator.below(testCase.arguments.count + 1))
            return
        }
        let isUnlikely =
            usage.isUnknown(option.spelling)
            || usage.conflicts(option.spelling, with: testCase.arguments)
        if isUnlikely, generator.chance(7, in: 8) {
            option = vocabulary.drawOption(using: &generator) ?? option
        }
        insert(option, into: &testCase, from: 0, using: &generator)
    }

    /// The command that the first argument names.
    private func command(of testCase: TestCase) -> Vocabulary.Command? {
        guard !vocabulary.commands.isEmpty, let first = testCase.arguments.first else {
            return nil
        }
        return vocabulary.commands.first { $0.name == first }
    }

    /// Most often at `start`.
    private func insert(
        _ option: Vocabulary.Option, into testCase: inout TestCase, from start: Int,
        using generator: inout SeededGenerator
    ) {
        let takesValue =
            switch option.argument {
            case .none: generator.chance(1, in: 24)
            case .required: generator.chance(23, in: 24)
            case .optional, .unknown: generator.chance(1, in: 2)
            }
        let value = takesValue ? value(for: option, in: testCase, using: &generator) : nil
        let position =
            generator.chance(3, in: 4)
            ? start : start + generator.below(testCase.arguments.count + 1 - start)
        var tokens = option.tokens(value: value, isJoined: generator.chance(1, in: 2))
        if value != nil, option.takesCommandLine, generator.chance(3, in: 4) {
            tokens += generator.element(of: BuiltIn.commandLineEnds) ?? []
        }
        testCase.arguments.insert(contentsOf: tokens, at: position)
    }

    /// What may follow the option: a known choice, something of its kind, or anything.
    func value(
        for option: Vocabulary.Option, in testCase: TestCase,
        using generator: inout SeededGenerator
    ) -> Bytes {
        if generator.chance(1, in: 2), let choice = generator.element(of: option.choices) {
            return choice
        }
        if generator.chance(3, in: 4) {
            switch option.valueKind {
            case .number: return ByteHavoc.number(using: &generator)
            case .path: return path(in: testCase, using: &generator)
            case .host: return generator.element(of: BuiltIn.hosts) ?? []
            case .program: return generator.element(of: BuiltIn.programs) ?? []
            case .any: break
            }
        }
        switch generator.below(8) {
        case 0, 1: return ByteHavoc.number(using: &generator)
        case 2, 3: return path(in: testCase, using: &generator)
        case 4: return vocabulary.words.draw(using: &generator) ?? []
        case 5: return special(using: &generator)
        default: return vocabulary.values.draw(using: &generator) ?? []
        }
    }

    /// A path most often, else a word, a line or a value.
    func operand(in testCase: TestCase, using generator: inout SeededGenerator) -> Bytes {
        switch generator.below(8) {
        case 0, 1, 2, 3: path(in: testCase, using: &generator)
        case 4: vocabulary.words.draw(using: &generator) ?? []
        case 5: vocabulary.lines.draw(using: &generator) ?? []
        case 6: vocabulary.values.draw(using: &generator) ?? []
        default: special(using: &generator)
        }
    }

    /// The path of an entry of the tree, if there is one, else of one every system has or none.
    func path(in testCase: TestCase, using generator: inout SeededGenerator) -> Bytes {
        if generator.chance(3, in: 4), let file = generator.element(of: testCase.files) {
            return file.path
        }
        return generator.element(of: BuiltIn.paths) ?? []
    }

    /// Tokens that parsers treat in their own way.
    private func special(using generator: inout SeededGenerator) -> Bytes {
        switch generator.below(10) {
        case 0, 1: [0x2d]
        case 2, 3: [0x2d, 0x2d]
        case 4: []
        case 5: Bytes(repeating: 0x61, count: 1 << generator.within(6...17))
        case 6: [0x2d] + [generator.byte()]
        case 7: Bytes("--help".utf8)
        case 8: [0x2b] + ByteHavoc.number(using: &generator)
        default: Bytes("@".utf8) + (generator.element(of: BuiltIn.paths) ?? [])
        }
    }

    private func splice(
        into testCase: inout TestCase, from other: TestCase?, at position: Int,
        using generator: inout SeededGenerator
    ) {
        guard let donor = other?.arguments, !donor.isEmpty else {
            insertOption(into: &testCase, using: &generator)
            return
        }
        let start = generator.below(donor.count)
        let end = start + 1 + generator.below(donor.count - start)
        testCase.arguments.insert(contentsOf: donor[start..<end], at: position)
    }

    private func removeRange(of arguments: inout [Bytes], using generator: inout SeededGenerator) {
        let start = generator.below(arguments.count)
        let end = start + 1 + generator.below(arguments.count - start)
        arguments.removeSubrange(start..<end)
    }

    /// Another value for an option that has one, or for whatever stands there.
    private func changeValue(
        in testCase: inout TestCase, using generator: inout SeededGenerator
    ) {
        let index = generator.below(testCase.arguments.count)
        let argument = testCase.arguments[index]
        let equals = argument.firstIndex(of: UInt8(ascii: "="))
        let spelling = Bytes(argument[..<(equals ?? argument.count)])
        let option =
            vocabulary.option(spelled: spelling)
            ?? Vocabulary.Option(spelling: spelling, argument: .unknown)
        let value = value(for: option, in: testCase, using: &generator)
        if equals != nil || option.isLong {
            testCase.arguments[index] = spelling + [UInt8(ascii: "=")] + value
        } else if argument.first == 0x2d, index + 1 < testCase.arguments.count {
            testCase.arguments[index + 1] = value
        } else {
            testCase.arguments[index] = value
        }
    }

    /// Cuts the name of a long option: parsers accept what is not ambiguous.
    private func abbreviate(_ argument: inout Bytes, using generator: inout SeededGenerator) {
        guard argument.starts(with: [0x2d, 0x2d]) else {
            if !argument.isEmpty {
                argument.removeLast(1 + generator.skewed(below: argument.count))
            }
            return
        }
        let end = argument.firstIndex(of: UInt8(ascii: "=")) ?? argument.count
        guard end > 3 else { return }
        argument.removeSubrange(generator.within(3...(end - 1))..<end)
    }

    /// `-a -b` becomes `-ab`.
    private func combineShortOptions(
        in arguments: inout [Bytes], using generator: inout SeededGenerator
    ) {
        let short = arguments.indices.filter {
            let argument = arguments[$0]
            return argument.count == 2 && argument[0] == 0x2d && argument[1] != 0x2d
        }
        guard short.count > 1, let first = generator.element(of: short.dropLast()),
            let second = short.first(where: { $0 > first })
        else { return }
        let letter = arguments.remove(at: second)[1]
        arguments[first].append(letter)
    }
}

extension Vocabulary.Option {
    /// The tokens that pass the option with the value: one where both are joined and the
    /// spelling allows it, else two.
    func tokens(value: Bytes?, isJoined: Bool) -> [Bytes] {
        guard let value else { return [spelling] }
        if isAssignment { return [spelling + value] }
        // Long names take an optional argument in no other way.
        if isLong, isJoined || argument == .optional {
            return [spelling + [UInt8(ascii: "=")] + value]
        }
        if isShort, isJoined || argument == .optional { return [spelling + value] }
        return [spelling, value]
    }
}
