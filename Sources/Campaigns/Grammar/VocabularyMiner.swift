internal import Extraction
internal import Mutation
internal import Platform
internal import Sandboxing
internal import TestCases

/// Finds out what a target's command line is made of: from its file, from what it says of itself
/// in a sandbox, and from its manual page.
struct VocabularyMiner {
    /// Asking each command what it takes is most of the work.
    private static let mostCommands = 112
    /// A program that so many candidates are no commands of has none.
    private static let candidatesInVain = 20
    /// Command lines of its own that a program's help names, such as `git help -a`.
    private static let mostAdvised = 3
    /// A target that does not come to an end by itself is not asked for ever.
    private static let patience = 3

    private let setup: WorkerSetup
    private let target: TargetFile
    private var vocabulary = Vocabulary()
    private var stopped = 0

    /// When the program is asked no more; nil for never.
    private let end: ContinuousClock.Instant?
    private var isOver: Bool { end.map { .now >= $0 } ?? false }

    private init(_ setup: WorkerSetup, target: TargetFile, until end: ContinuousClock.Instant?) {
        self.end = end
        self.setup = setup
        self.target = target
    }

    /// Mines everything; the best sources first, since a word keeps the first that gave it.
    ///
    /// - Parameter end: when the program is asked no more, and what it has said has to do.
    static func mine(
        _ setup: WorkerSetup, target: TargetFile, until end: ContinuousClock.Instant? = nil
    ) throws -> Vocabulary {
        var miner = VocabularyMiner(setup, target: target, until: end)
        var base = try TestCase(inlineText: Bytes(setup.base.utf8))
        base.sessions = []
        if let lineEnd = setup.server?.lineEnd ?? setup.client?.lineEnd {
            miner.vocabulary.lineEnd = lineEnd
        }
        try miner.mineHarness()
        if !target.isScript { miner.mineInterface() }
        var scout = setup
        // It executes each test case once, so trying another executor out would be in vain.
        scout.executor = .exec
        scout.seeds = []
        let worker: WorkerHandle?
        do {
            worker = try WorkerHandle.start(scout, until: end)
        } catch is TimeIsOver {
            worker = nil
        }
        if let worker { miner.mineHelp(base, worker) }
        miner.mineManual()
        if !miner.isOver { miner.mineImage() }
        if let worker {
            miner.mineCommands(base, worker)
            miner.mineRefusals(base, worker)
            try? worker.send(.stop)
        }
        return miner.vocabulary
    }

    private mutating func mineHarness() throws {
        for word in setup.words { vocabulary.insert(token: word, from: .harness) }
        for line in setup.lines { vocabulary.lines.insert(line, from: .harness) }
        for seed in setup.seeds {
            vocabulary.insert(seed: try TestCase(inlineText: Bytes(seed.utf8)))
        }
    }

    // MARK: - The file

    /// What cannot be read as a program tells nothing, which is no reason not to fuzz it.
    private mutating func mineInterface() {
        guard let interface = try? ProgramInterface.read(setup.image) else { return }
        // A letter's argument is what the option string says, whatever a long option's is.
        for string in interface.optionStrings { vocabulary.mine(optionString: string) }
        vocabulary.mine(
            optionTable: interface.longOptions.map {
                Vocabulary.LongOption(
                    name: $0.name, hasArgument: $0.hasArgument, value: $0.value,
                    argumentName: $0.argumentName)
            })
        for choices in interface.choices {
            vocabulary.mine(choices: choices.words, of: choices.option)
        }
        for name in interface.variables { vocabulary.names.insert(name, from: .binary) }
        for word in interface.tails { vocabulary.words.insert(word, from: .binary) }
    }

    /// A target may be readable by root alone; then its strings are not to be had. Those of an
    /// interpreter say nothing about the script.
    private mutating func mineImage() {
        if let script = target.script {
            if let text = try? SmallFile.read(script, limit: 1 << 20) {
                vocabulary.mine(script: text)
            }
            return
        }
        guard let file = try? MappedFile.open(setup.image) else { return }
        file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe vocabulary.mine(
                    readOnlyData: Span(_unsafeElements: buffer.assumingMemoryBound(to: UInt8.self)))
            }
        }
        for magic in (try? ComparedConstants.read(setup.image)) ?? [] {
            vocabulary.magics.insert(magic, from: .binary)
        }
    }

    // MARK: - What it says

    /// The answer to a command line; nil when there is none to be had.
    private mutating func ask(
        _ arguments: [Bytes], _ base: TestCase, _ worker: WorkerHandle
    ) -> Answer? {
        guard stopped < Self.patience, !Interruption.isRequested else { return nil }
        var testCase = base
        testCase.arguments = arguments
        guard let answer = try? worker.ask(testCase.inlineString, until: end) else {
            stopped = Self.patience
            return nil
        }
        if answer.isStopped { stopped += 1 }
        return answer
    }

    /// Usage texts name the options; programs print them for one of these command lines.
    static let questions: [[Bytes]] = [["--help"], ["-h"], ["help"], []].map { words in
        words.map { Bytes($0.utf8) }
    }

    private mutating func mineHelp(_ base: TestCase, _ worker: WorkerHandle) {
        var advised: [[Bytes]] = []
        for question in Self.questions {
            guard let answer = ask(question, base, worker) else { return }
            vocabulary.mine(helpText: answer.output)
            vocabulary.mine(helpText: answer.errors)
            let advice = Advice(
                in: answer.output + [0x0a] + answer.errors,
                of: Bytes(Self.name(of: setup.program).utf8), limit: 1 << 16)
            for line in advice.commandLines
            where line.contains(where: { $0.starts(with: "help".utf8) }) && !advised.contains(line)
            {
                if advised.count < Self.mostAdvised { advised.append(line) }
            }
        }
        for line in advised {
            guard let answer = ask(line, base, worker) else { return }
            vocabulary.mine(helpText: answer.output)
        }
    }

    /// Asks what may be a command for its options. One that answers like a word that cannot be a
    /// command is none; but one that has a manual page is.
    private mutating func mineCommands(_ base: TestCase, _ worker: WorkerHandle) {
        let candidates = vocabulary.commandCandidates.prefix(Self.mostCommands)
        guard !candidates.isEmpty else { return }
        let nonsense = Bytes("fathom-unknown".utf8)
        // The short question first: `git commit --help` starts a pager.
        let questions = ["-h", "--help", "-help"].map { Bytes($0.utf8) }
        let unlike = questions.map { ask([nonsense, $0], base, worker) }
        let program = Self.name(of: target.script ?? setup.program)
        var hasCommands = false
        for (index, command) in candidates.enumerated() {
            guard hasCommands || index < Self.candidatesInVain else { return }
            for (question, other) in zip(questions, unlike) {
                guard let answer = ask([command, question], base, worker), let other else { break }
                guard Self.differs(answer, from: other, command, nonsense) else { continue }
                hasCommands = true
                vocabulary.mine(command: command, answer: answer.output + [0x0a] + answer.errors)
                if vocabulary.hasOptions(ofCommand: command) { break }
            }
            let page = program + "-" + String(decoding: command, as: UTF8.self)
            if let source = ManualPages.page(named: page) {
                hasCommands = true
                vocabulary.mine(manualPage: source, ofCommand: command)
            }
        }
    }

    /// Whether the answers differ by more than the words that were asked for.
    private static func differs(
        _ answer: Answer, from other: Answer, _ command: Bytes, _ nonsense: Bytes
    ) -> Bool {
        func parts(_ text: [UInt8]) -> [Bytes.SubSequence] {
            text.split { $0 <= 0x20 || "'\"`,.:()".utf8.contains($0) }
        }
        let pairs = [(answer.output, other.output), (answer.errors, other.errors)]
        return pairs.contains { text, otherText in
            let (own, others) = (parts(text), parts(otherText))
            guard own.count == others.count else { return true }
            return zip(own, others).contains { word, otherWord in
                word != otherWord && !(word == command[...] && otherWord == nonsense[...])
            }
        }
    }

    private mutating func mineRefusals(_ base: TestCase, _ worker: WorkerHandle) {
        guard let plain = ask(base.arguments, base, worker) else { return }
        vocabulary.refusals.base = Ending(plain)
        for question in Refusals.questions(for: vocabulary) {
            guard let answer = ask([question] + base.arguments, base, worker) else { return }
            vocabulary.refusals.samples.append(
                Refusals.Sample(spelling: question, ending: Ending(answer)))
        }
    }

    // MARK: - Its manual

    private mutating func mineManual() {
        let program = target.script ?? setup.program
        let names = [program, SmallFile.resolve(program) ?? program].map(Self.name(of:))
        for name in names.first == names.last ? [names[0]] : names {
            guard let source = ManualPages.page(named: name) else { continue }
            vocabulary.mine(manualPage: source)
            return
        }
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension Ending {
    /// As ``TargetExecutor`` keeps it: only a failure's message counts.
    fileprivate init(_ answer: Answer) {
        let hasFailed = answer.status.map { $0 != 0 } ?? false
        self.init(status: answer.status, message: hasFailed ? answer.errors : [])
    }
}
