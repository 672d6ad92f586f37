import TestCases

/// The sections of a sweep.
struct SweepBuilder: Sendable {
    let vocabulary: Vocabulary
    let base: TestCase
    var seeds: [TestCase] = []

    /// One test case for each change of the base.
    private func section(
        _ changes: [@Sendable (inout TestCase) -> Void]
    ) -> Sweep.Section {
        Sweep.Section(count: changes.count) { [base] index, _ in
            var testCase = base
            changes[index](&testCase)
            return testCase
        }
    }

    // MARK: - Natural

    /// The base itself, its input's kind, its directory and its descriptors.
    func surroundings() -> [Sweep.Section] {
        var changes: [@Sendable (inout TestCase) -> Void] = [{ _ in }]
        for kind in TestCase.StandardInput.Kind.allCases {
            changes.append { $0.standardInput.kind = kind }
        }
        for levels: UInt16 in [1, 19, 20, 21, 40] {
            changes.append { $0.workingDirectory = .deep(levels: levels) }
        }
        for number: UInt16 in 0...2 {
            for source: TestCase.Descriptor.Source in [.terminal, .null] {
                changes.append { $0.descriptors = [.init(number: number, source: source)] }
            }
        }
        changes.append {
            $0.descriptors = (0...2).map { .init(number: $0, source: .terminal) }
        }
        return [section(changes)]
    }

    /// Every command once, with nothing behind it.
    func everyCommand() -> Sweep.Section {
        section(
            vocabulary.commands.map { command in
                { $0.arguments.insert(command.name, at: 0) }
            })
    }

    /// Every option of the program and of its commands once, in the shortest way: those that
    /// ``foundedOptions`` counts, and the others.
    func everyOption() -> (founded: Sweep.Section, others: [Sweep.Section]) {
        let ofCommands = vocabulary.commands.flatMap { command in
            command.options.map { [command.name] + Self.shortest($0) }
        }
        let own = vocabulary.options.map(Self.shortest)
        let sections = [
            own.prefix(foundedOptions), own.dropFirst(foundedOptions), ofCommands[...],
        ].map { heads in
            Sweep.Section(count: heads.count) { [base] index, _ in
                var testCase = base
                testCase.arguments.insert(contentsOf: heads[heads.startIndex + index], at: 0)
                return testCase
            }
        }
        return (sections[0], Array(sections.dropFirst()))
    }

    /// How many options the own ones begin with that are worth trying at once; more would keep
    /// everything else waiting.
    var foundedOptions: Int { min(256, vocabulary.options.prefix(while: \.isFounded).count) }

    /// Operands, options, words, variables and input lines, each alone.
    func interface() -> [Sweep.Section] {
        let words = vocabulary.words.all
        let lines = vocabulary.lines.all
        return [
            Sweep.Section(count: OperandShape.all.count) { [base] index, _ in
                var testCase = base
                OperandShape.all[index].apply(to: &testCase)
                return testCase
            },
            seededSurroundings(), magics(), seededOptions(), options(), otherVariables(),
            Sweep.Section(count: lines.count) { [base] index, _ in
                var testCase = base
                testCase.standardInput.bytes = lines[index] + [0x0a]
                return testCase
            },
            Sweep.Section(count: words.count) { [base] index, _ in
                var testCase = base
                testCase.arguments.insert(words[index], at: 0)
                return testCase
            },
            calls(),
        ]
    }

    /// Words beyond are left to chance.
    private static let callLimit = 512

    /// More than half a mebibyte, which programs that collect input keep in files of their own.
    private static let muchInput = 5 << 17

    /// Every word that may be the name of a function, called by a line of standard input where the
    /// target reads that: alone with a name, then with a number before more text than fits into
    /// buffers.
    private func calls() -> Sweep.Section {
        guard vocabulary.readsStandardInput else { return Sweep.Section(count: 0) { _, _ in nil } }
        let names = vocabulary.words.all.filter(CallSyntax.isName).prefix(Self.callLimit)
        return Sweep.Section(count: names.count * 2) { [base] index, _ in
            var testCase = base
            let isAlone = index < names.count
            let argument = Bytes((isAlone ? "first" : "1").utf8)
            var bytes = CallSyntax.call(names[index % names.count], [argument]) + [0x0a]
            if !isAlone {
                bytes.reserveCapacity(Self.muchInput + 16)
                while bytes.count < Self.muchInput { bytes += Bytes("much more text\n".utf8) }
            }
            testCase.standardInput.bytes = bytes
            return testCase
        }
    }

    /// Magic numbers beyond are left to chance.
    private static let magicLimit = 128

    /// Every number that the target's code compares with, at the beginning of an operand and of
    /// standard input.
    private func magics() -> Sweep.Section {
        let magics = vocabulary.magics.all.prefix(Self.magicLimit).map {
            $0 + Bytes(repeating: 0, count: 60)
        }
        return Sweep.Section(count: magics.count * 2) { [base] index, _ in
            var testCase = base
            if index % 2 == 0 {
                let path = Bytes("magic".utf8)
                testCase.files.removeAll { $0.path == path }
                testCase.files.append(.init(path: path, kind: .regular(magics[index / 2])))
                testCase.arguments.append(path)
            } else {
                testCase.standardInput.bytes = magics[index / 2]
            }
            return testCase
        }
    }

    /// Commands are many, and most ask for operands of their own.
    private static let commandSeedLimit = 6

    /// More seeds say little that is new about an option.
    private static let seedLimit = 24

    /// Every seed with its input and output of every kind: a program that copies may ask the
    /// kernel to do it where both are what that can be done with. Then every command with the
    /// operands of a few seeds.
    private func seededSurroundings() -> Sweep.Section {
        let seeds = Array(seeds.prefix(Self.seedLimit))
        let kinds = TestCase.StandardInput.Kind.allCases
        let outputs: [TestCase.Descriptor.Source?] = [nil, .null, .terminal]
        let surroundings = kinds.flatMap { kind in outputs.map { (kind, $0) } }
        let commands = vocabulary.commands.flatMap { command in
            seeds.prefix(Self.commandSeedLimit).map { (command.name, $0) }
        }
        let count = seeds.count * surroundings.count
        return Sweep.Section(count: count + commands.count) { index, _ in
            guard index < count else {
                var testCase = commands[index - count].1
                testCase.arguments.insert(commands[index - count].0, at: 0)
                return testCase
            }
            var testCase = seeds[index % seeds.count]
            let (kind, output) = surroundings[index / seeds.count]
            testCase.standardInput.kind = kind
            if let output {
                testCase.descriptors.removeAll { $0.number == 1 }
                testCase.descriptors.append(.init(number: 1, source: output))
            }
            return testCase
        }
    }

    /// Every option with every seed, which has operands and input that the program understands;
    /// all options with one seed before the first with the next.
    private func seededOptions() -> Sweep.Section {
        let options = vocabulary.options.filter(\.isFounded)
        let seeds = seeds.prefix(Self.seedLimit)
        return Sweep.Section(count: options.count * seeds.count) { index, usage in
            let option = options[index % options.count]
            guard usage?.isUnknown(option.spelling) != true else { return nil }
            var testCase = seeds[index / options.count]
            testCase.arguments.insert(contentsOf: Self.shortest(option), at: 0)
            return testCase
        }
    }

    /// Words that are tried as values of operands such as `conv=CONVS`.
    private static let listedWordLimit = 64

    /// Every option, with every value worth trying, with operands of every short shape; all
    /// options with one shape before the first with the next. Options that the program has said
    /// it does not know are left out.
    private func options() -> Sweep.Section {
        let options = vocabulary.options
        let listed = vocabulary.words.all.prefix(Self.listedWordLimit)
        let variants = options.enumerated().flatMap { index, option in
            // What the usage lists below such operands is what they take.
            let values = option.takesListedWord ? listed.map { [option.spelling + $0] } : []
            return (Self.variants(of: option) + values).map { (option: index, tokens: $0) }
        }
        let count = variants.count
        return Sweep.Section(count: count * OperandShape.short.count) { [base] index, usage in
            let (option, tokens) = variants[index % count]
            guard usage?.isUnknown(options[option].spelling) != true else { return nil }
            var testCase = base
            OperandShape.short[index / count].apply(to: &testCase)
            testCase.arguments.insert(contentsOf: tokens, at: 0)
            return testCase
        }
    }

    /// The ways to pass the option: as tokens.
    static func variants(of option: Vocabulary.Option) -> [[Bytes]] {
        let bare = [option.spelling]
        guard option.argument != .none else { return [bare] }
        var values = option.choices
        switch option.valueKind {
        case .number: values += [Bytes("1".utf8), Bytes("100000".utf8)]
        case .path: values += [Bytes("first".utf8), Bytes("missing".utf8)]
        case .host: values += [Bytes("localhost".utf8), Bytes("::1".utf8), Bytes("x".utf8)]
        case .program: values += BuiltIn.programs
        case .any: values += [Bytes("1".utf8), Bytes("first".utf8), Bytes("x".utf8)]
        }
        var valued = values.map { option.tokens(value: $0, isJoined: option.isLong) }
        if option.takesCommandLine {
            valued = BuiltIn.commandLineEnds.flatMap { end in
                BuiltIn.programs.map { [option.spelling, $0] + end }
            }
        }
        return option.argument == .required ? valued : [bare] + valued
    }

    /// Every variable that means something to any program, with the values that are known for it;
    /// each takes effect by itself, and the loader's in every program.
    func knownVariables() -> Sweep.Section {
        settings(
            vocabulary.names.all.flatMap { name in
                BuiltIn.values(of: name).map { [(name: name, value: $0)] }
            } + BuiltIn.settings)
    }

    /// Every other variable with one value of each class.
    private func otherVariables() -> Sweep.Section {
        let values = ["", "1", "0", ".", "/missing", "always"].map { Bytes($0.utf8) }
        return settings(
            vocabulary.names.all.filter { BuiltIn.values(of: $0).isEmpty }.flatMap { name in
                values.map { [(name: name, value: $0)] }
            })
    }

    private func settings(_ all: [[(name: Bytes, value: Bytes)]]) -> Sweep.Section {
        Sweep.Section(count: all.count) { [base] index, _ in
            var testCase = base
            for setting in all[index] {
                testCase.environment.removeAll { $0.name == setting.name }
                testCase.environment.append(.init(name: setting.name, value: setting.value))
            }
            return testCase
        }
    }

    /// Options beyond are paired by chance alone.
    private static let mostPaired = 160
    /// More in one command line, and one that is refused hides too much of the others.
    private static let rowWidth = 4

    /// Every two options that something more than their looks knows of, a few in one command line;
    /// an option's values take turns. All with the base's operands, then with seeds by turns, then
    /// with a big file. What is unknown to the program is left out.
    func optionPairs() -> Sweep.Section {
        let all = vocabulary.options.filter { !$0.endsProgram }
        let founded = all.filter(\.isFounded)
        let options = Array((founded.count > 1 ? founded : all).prefix(Self.mostPaired))
        let rows = PairCovering(count: options.count, width: Self.rowWidth).rows
        var withBigFile = base
        OperandShape.file(.big).apply(to: &withBigFile)
        let starts = [[base], Array(seeds.prefix(Self.seedLimit)), [withBigFile]]
            .filter { !$0.isEmpty }
        return Sweep.Section(count: rows.count * starts.count) { position, usage in
            let index = position % rows.count
            let turns = starts[position / rows.count]
            let members = rows[index].filter { usage?.isUnknown(options[$0].spelling) != true }
            guard members.count > 1 else { return nil }
            var testCase = turns[index % turns.count]
            testCase.arguments =
                members.flatMap { member in
                    let variants = Self.variants(of: options[member])
                    // The first values are those that are known to be taken.
                    let likely = max(1, min(variants.count, options[member].choices.count))
                    return variants[index % likely]
                } + testCase.arguments
            return testCase
        }
    }

    static func shortest(_ option: Vocabulary.Option) -> [Bytes] {
        guard option.argument == .required else { return [option.spelling] }
        if option.takesCommandLine, let program = BuiltIn.programs.first {
            return [option.spelling, program] + (BuiltIn.commandLineEnds.first ?? [])
        }
        let value = option.choices.first ?? firstValue(of: option.valueKind)
        return option.tokens(value: value, isJoined: option.isLong)
    }

    private static func firstValue(of kind: Vocabulary.Option.ValueKind) -> Bytes {
        switch kind {
        case .any, .number: Bytes("1".utf8)
        case .path: Bytes("first".utf8)
        case .host: Bytes("localhost".utf8)
        case .program: BuiltIn.programs.first ?? []
        }
    }

    // MARK: - Beyond natural

    /// Directories that are lost, descriptors that are broken, limits.
    func shortages() -> [Sweep.Section] {
        var changes: [@Sendable (inout TestCase) -> Void] = [
            { $0.workingDirectory = .deleted }, { $0.workingDirectory = .unreadable },
        ]
        for source: TestCase.Descriptor.Source in [.closed, .full, .brokenPipe] {
            for number: UInt16 in 0...2 {
                changes.append { $0.descriptors = [.init(number: number, source: source)] }
            }
        }
        changes.append { $0.descriptors = (0...2).map { .init(number: $0, source: .closed) } }
        for resource in TestCase.Limit.Resource.allCases {
            for value in LimitValues.values(of: resource) {
                changes.append { $0.limits = [.init(resource: resource, value: value)] }
            }
        }
        return [section(changes)]
    }

    /// Signals that have a handler, from one to three of them in a row at up to sixteen moments;
    /// then every signal at eight moments of the execution.
    func signals() -> [Sweep.Section] {
        let handled = vocabulary.handledSignals.flatMap { signal in
            moments(count: 16).flatMap { moment in
                (1...3).map { times in
                    (0..<times).map {
                        TestCase.SignalDelivery(
                            signal: signal, atSyscall: UInt32(clamping: moment + $0))
                    }
                }
            }
        }
        let others = SignalNumbers.all.flatMap { signal in
            moments(count: 8).map {
                [TestCase.SignalDelivery(signal: signal, atSyscall: UInt32(clamping: $0))]
            }
        }
        return [handled, others].map { deliveries in
            Sweep.Section(count: deliveries.count) { [base] index, _ in
                var testCase = base
                testCase.signals = deliveries[index]
                return testCase
            }
        }
    }

    /// Moments spread over the calls of an execution, all of them where there are few.
    private func moments(count: Int) -> [Int] {
        let made = vocabulary.observedCalls.reduce(0) { $0 + Int($1.occurrences) }
        guard made > 0 else { return (0..<count).map { 1 << $0 } }
        return made <= count ? Array(0...made) : (0..<count).map { made * $0 / count }
    }

    /// Every effect on every occurrence, up to the hundredth, of every call that was observed.
    func faults() -> Sweep.Section {
        let faults = vocabulary.observedCalls.flatMap { call in
            (FaultTable.row(of: call.number)?.effects ?? []).flatMap { effect in
                (0..<min(call.occurrences, 100)).map {
                    TestCase.Fault(syscall: call.number, occurrence: $0 + 1, effect: effect)
                }
            }
        }
        return Sweep.Section(count: faults.count) { [base] index, _ in
            var testCase = base
            testCase.faults = [faults[index]]
            return testCase
        }
    }

    /// Every effect twice in a row, as a retry meets it, and the first effects of every two calls
    /// that were observed: what a program does about a failure may fail as well.
    func faultPairs() -> Sweep.Section {
        let calls = vocabulary.observedCalls.compactMap { call in
            FaultTable.row(of: call.number).map { (call.number, $0.effects) }
        }
        var pairs: [[TestCase.Fault]] = []
        for (index, (number, effects)) in calls.enumerated() {
            for effect in effects {
                pairs.append(
                    (1...2).map { .init(syscall: number, occurrence: $0, effect: effect) })
            }
            guard let effect = effects.first else { continue }
            for (other, others) in calls[(index + 1)...] {
                guard let second = others.first else { continue }
                pairs.append([
                    .init(syscall: number, occurrence: 1, effect: effect),
                    .init(syscall: other, occurrence: 1, effect: second),
                ])
            }
        }
        return Sweep.Section(count: pairs.count) { [base, pairs] index, _ in
            var testCase = base
            testCase.faults = pairs[index]
            return testCase
        }
    }
}
