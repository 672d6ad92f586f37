package import TestCases

/// What to do with what the target has made.
extension SweepBuilder {
    /// Every option and command that may read what was made, the most likely first.
    ///
    /// - Parameters:
    ///   - origin: the test case that was advised to make it.
    ///   - others: test cases that were worth keeping, to be begun with the tree.
    func followUps(
        of artifact: Artifact, origin: TestCase?, _ others: [TestCase]
    ) -> [Sweep.Section] {
        var sections: [Sweep.Section] = []
        if artifact.hasTree {
            sections = [again(artifact, origin), commands(on: artifact)]
            if !base.isVisited {
                sections += [
                    usageForms(on: artifact), otherModes(of: artifact), options(on: artifact),
                    Self.begun(others, with: artifact), commandOptions(on: artifact),
                ]
            }
        }
        if !artifact.output.isEmpty, !base.isVisited { sections.append(reading(artifact)) }
        return sections
    }

    /// The base with the tree.
    private func start(_ artifact: Artifact) -> TestCase {
        var testCase = base
        testCase.files = artifact.files
        return testCase
    }

    /// Places to start in: the tree itself, and folders in it that were made.
    private static func places(of artifact: Artifact) -> [TestCase.WorkingDirectory] {
        let folders = artifact.madeAtTop.filter { path in
            path.first != UInt8(ascii: ".")
                && artifact.files.contains { $0.path == path && $0.kind == .directory }
        }
        return [.scratch(path: [])] + folders.prefix(2).map { .scratch(path: $0) }
    }

    /// What was advised to make it first, then a second time, in the same way and as it is started
    /// with nothing said.
    private func again(_ artifact: Artifact, _ origin: TestCase?) -> Sweep.Section {
        let makers = [origin, artifact.maker].compactMap { $0 }.map { maker in
            var again = maker
            again.files = artifact.files
            return again
        }
        let cases = makers + [start(artifact)]
        return Sweep.Section(count: cases.count) { index, _ in cases[index] }
    }

    /// What operands may be where there is such a tree: nothing, what was made, all of it, what
    /// was there before.
    private func operands(for artifact: Artifact) -> [[Bytes]] {
        let tops = artifact.madeAtTop
        var operands: [[Bytes]] = [[]]
        operands += tops.prefix(2).map { [$0] }
        operands.append([Bytes(".".utf8)])
        let made = Set(tops)
        let before = artifact.files.map(\.path).filter { path in
            !path.contains(UInt8(ascii: "/")) && !made.contains(path)
        }
        if let old = before.first {
            operands.append([old])
            if let new = tops.first { operands += [[new, old], [old, new]] }
        }
        if tops.count > 1 { operands.append(Array(tops.prefix(2))) }
        return operands
    }

    /// Every command with operands of every kind, in every place: all commands with one before the
    /// first with the next.
    private func commands(on artifact: Artifact) -> Sweep.Section {
        let commands = vocabulary.commands.map(\.name)
        let turns = Self.places(of: artifact).flatMap { place in
            operands(for: artifact).map { (place, $0) }
        }
        let start = start(artifact)
        return Sweep.Section(count: commands.count * turns.count) { index, _ in
            var testCase = start
            let (place, operands) = turns[index / commands.count]
            testCase.workingDirectory = place
            testCase.arguments = base.arguments + [commands[index % commands.count]] + operands
            return testCase
        }
    }

    /// Every option of every command alone, then with the first operands.
    private func commandOptions(on artifact: Artifact) -> Sweep.Section {
        let heads = vocabulary.commands.flatMap { command in
            command.options.filter { !$0.endsProgram }
                .map { [command.name] + Self.shortest($0) }
        }
        let operands = operands(for: artifact)
        let start = start(artifact)
        return Sweep.Section(count: heads.count * operands.count) { index, _ in
            var testCase = start
            testCase.arguments =
                base.arguments + heads[index % heads.count] + operands[index / heads.count]
            return testCase
        }
    }

    /// The maker's command line with another option in the place of one that it has, or another
    /// letter behind the same dash: what was written by one mode is read by another. With its
    /// operands and without those that it read; beside what was there before and alone.
    private func otherModes(of artifact: Artifact) -> Sweep.Section {
        let options = vocabulary.options.filter { $0.isFounded && !$0.endsProgram }
        let places = Self.commandLines(on: artifact).flatMap { list in
            list.indices.flatMap { index in
                Self.lettersOfOption(list[index]).map { (list: list, index: index, letter: $0) }
            }
        }
        let start = start(artifact)
        let alone = artifact.madeFiles
        return Sweep.Section(count: places.count * options.count * 2) { index, usage in
            let place = places[index / 2 / options.count]
            let option = options[index / 2 % options.count]
            guard usage?.isUnknown(option.spelling) != true else { return nil }
            var testCase = start
            if index % 2 == 1 { testCase.files = alone }
            testCase.arguments = place.list
            guard let letter = place.letter else {
                testCase.arguments.replaceSubrange(
                    place.index...place.index, with: Self.shortest(option))
                return testCase
            }
            guard option.isShort else { return nil }
            testCase.arguments[place.index][letter] = option.spelling[1]
            return testCase
        }
    }

    /// The maker's command line without the files that it read, with what was made in their place,
    /// and as it is.
    private static func commandLines(on artifact: Artifact) -> [[Bytes]] {
        let arguments = artifact.maker.arguments
        let made = Set(artifact.made)
        let before = Set(artifact.maker.files.map(\.path))
        let isRead = { (argument: Bytes) in before.contains(argument) && !made.contains(argument) }
        var lists = [arguments.filter { !isRead($0) }]
        if let path = artifact.madeAtTop.first {
            lists.append(arguments.map { isRead($0) ? path : $0 })
        }
        lists.append(arguments)
        return lists.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The positions of the letters behind one dash, nil for an option that is replaced as a whole;
    /// nothing for what is no option.
    private static func lettersOfOption(_ argument: Bytes) -> [Int?] {
        guard argument.first == 0x2d, argument.count > 1 else { return [] }
        guard argument[1] != 0x2d, argument.count > 2, argument.count <= 6 else { return [nil] }
        return Array(1..<argument.count)
    }

    /// Every option with what was made: as its value where it takes one, else as operands.
    private func options(on artifact: Artifact) -> Sweep.Section {
        let options = vocabulary.options.filter { $0.isFounded && !$0.endsProgram }
        let operands = operands(for: artifact)
        let path = artifact.madeAtTop.first
        let start = start(artifact)
        return Sweep.Section(count: options.count * operands.count) { index, usage in
            let option = options[index % options.count]
            guard usage?.isUnknown(option.spelling) != true else { return nil }
            var head = Self.shortest(option)
            let takesPath =
                option.argument == .required && option.choices.isEmpty
                && (option.valueKind == .path || option.valueKind == .any)
            if takesPath, let path { head = option.tokens(value: path, isJoined: option.isLong) }
            var testCase = start
            testCase.arguments = head + base.arguments + operands[index / options.count]
            return testCase
        }
    }

    /// Other test cases with the tree under theirs, and with what was made in the place of each
    /// operand.
    private static func begun(_ others: [TestCase], with artifact: Artifact) -> Sweep.Section {
        let path = artifact.madeAtTop.first
        let choices = others.flatMap { other in
            let operands = other.arguments.indices.filter { other.arguments[$0].first != 0x2d }
            return [(other, nil)] + operands.suffix(2).map { (other, $0 as Int?) }
        }
        return Sweep.Section(count: choices.count) { index, _ in
            var (testCase, operand) = choices[index]
            let known = Set(artifact.files.map(\.path))
            testCase.files = artifact.files + testCase.files.filter { !known.contains($0.path) }
            if let operand, let path { testCase.arguments[operand] = path }
            return testCase
        }
    }

    /// Every option and command with the output as standard input, then as a file.
    private func reading(_ artifact: Artifact) -> Sweep.Section {
        let options = vocabulary.options.filter { $0.isFounded && !$0.endsProgram }
        let heads =
            [[]] + options.map(Self.shortest) + vocabulary.commands.map { [$0.name] }
        let path = Bytes("output".utf8)
        let start = start(artifact)
        let output = artifact.output
        return Sweep.Section(count: heads.count * 2) { index, _ in
            var testCase = start
            testCase.arguments = heads[index / 2] + base.arguments
            if index % 2 == 0 {
                testCase.standardInput.bytes = output
            } else {
                testCase.files.removeAll { $0.path == path || FileTree.isBelow($0.path, path) }
                testCase.files.append(.init(path: path, kind: .regular(output)))
                testCase.arguments.append(path)
            }
            return testCase
        }
    }
}

extension SweepBuilder {
    /// The test case with each option that it does not have, of its command or of the program, in
    /// the shortest way, then with its companions, and then with every other value.
    func extensions(of testCase: TestCase) -> [Sweep.Section] {
        let command = testCase.arguments.first.flatMap { first in
            vocabulary.commands.first { $0.name == first }
        }
        let options = (command?.options ?? vocabulary.options).filter { option in
            option.isFounded && !option.endsProgram
                && !testCase.arguments.contains { $0.starts(with: option.spelling) }
        }
        let position = command == nil ? 0 : 1
        let shortest = options.map { (option: $0, tokens: Self.shortest($0)) }
        let known = Dictionary(
            (command?.options ?? vocabulary.options).map { ($0.spelling, $0) },
            uniquingKeysWith: { first, _ in first })
        let accompanied = options.flatMap { option in
            Self.accompanied(option, among: known).map { (option: option, tokens: $0) }
        }
        let others = options.flatMap { option in
            Self.variants(of: option).filter { $0 != Self.shortest(option) }
                .map { (option: option, tokens: $0) }
        }
        return [shortest, accompanied, others].map { choices in
            Sweep.Section(count: choices.count) { index, usage in
                let choice = choices[index]
                guard command != nil || usage?.isUnknown(choice.option.spelling) != true else {
                    return nil
                }
                var extended = testCase
                extended.arguments.insert(contentsOf: choice.tokens, at: position)
                return extended
            }
        }
    }
}

extension Mutator {
    /// The test case with each option more.
    package func extensions(of testCase: TestCase) -> Sweep {
        Sweep(
            sections: SweepBuilder(vocabulary: vocabulary, base: testCase).extensions(of: testCase))
    }

    /// What to try with what the target has made.
    ///
    /// - Parameters:
    ///   - origin: the test case that was advised to make it.
    ///   - others: test cases that were worth keeping, to be begun with the tree.
    package func followUps(
        of artifact: Artifact, base: TestCase, origin: TestCase? = nil, others: [TestCase]
    ) -> Sweep {
        let builder = SweepBuilder(vocabulary: vocabulary, base: base)
        return Sweep(sections: builder.followUps(of: artifact, origin: origin, others))
    }
}
