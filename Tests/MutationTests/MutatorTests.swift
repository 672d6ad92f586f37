import Mutation
import Syscalls
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

private let vocabulary: Vocabulary = {
    var vocabulary = Vocabulary()
    vocabulary.mine(
        helpText: bytes(
            """
              -q, --brief       report briefly
              -r, --recursive   go down
              -W, --width=NUM   columns
                  --color[=WHEN]  WHEN is 'never' or 'always'
            """))
    vocabulary.insert(token: bytes("commit"), from: .harness)
    vocabulary.lines.insert(bytes(".excel"), from: .harness)
    vocabulary.names.insert(bytes("APP_DEBUG"), from: .harness)
    vocabulary.observedCalls = [
        .init(number: 0, occurrences: 4), .init(number: 60, occurrences: 1),
    ]
    return vocabulary
}()

private let base: TestCase = {
    var testCase = TestCase()
    testCase.arguments = [bytes("a"), bytes("b")]
    testCase.environment = [.init(name: bytes("LC_ALL"), value: bytes("C"))]
    testCase.standardInput.bytes = bytes("first line\nsecond line\n")
    testCase.files = [
        .init(path: bytes("a"), kind: .regular(bytes("x\n"))),
        .init(path: bytes("b"), kind: .regular(bytes("y\n"))),
    ]
    return testCase
}()

/// Weights that leave one dimension.
private func only(_ dimension: Dimension) -> DimensionWeights {
    var weights = DimensionWeights()
    weights[dimension] = 1
    return weights
}

private let mutator = Mutator(vocabulary: vocabulary)

/// One thing that mutation must be able to do.
private struct Goal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let dimension: Dimension
    let isReached: @Sendable (TestCase) -> Bool

    init(
        _ description: String, _ dimension: Dimension,
        _ isReached: @escaping @Sendable (TestCase) -> Bool
    ) {
        testDescription = description
        self.dimension = dimension
        self.isReached = isReached
    }
}

private func hasArgument(_ text: String) -> @Sendable (TestCase) -> Bool {
    { $0.arguments.contains(bytes(text)) }
}

private let goals: [Goal] = [
    Goal("an option", .arguments, hasArgument("--brief")),
    Goal("a choice of an option", .arguments, hasArgument("--color=always")),
    Goal("a number as value", .arguments, hasArgument("--width=2147483648")),
    Goal("a value in its own argument", .arguments) {
        zip($0.arguments, $0.arguments.dropFirst()).contains {
            $0 == bytes("-W") && $1 == bytes("1024")
        }
    },
    Goal("an abbreviated option", .arguments, hasArgument("--rec")),
    Goal("combined options", .arguments, hasArgument("-qr")),
    Goal("a word", .arguments, hasArgument("commit")),
    Goal("a dash", .arguments, hasArgument("-")),
    Goal("two dashes", .arguments, hasArgument("--")),
    Goal("an empty argument", .arguments, hasArgument("")),
    Goal("a long argument", .arguments) { $0.arguments.contains { $0.count > 60_000 } },
    Goal("no arguments", .arguments) { $0.arguments.isEmpty },
    Goal("operands in the other order", .arguments) { $0.arguments == [bytes("b"), bytes("a")] },
    Goal("a repeated operand", .arguments) { $0.arguments == [bytes("a"), bytes("a")] },
    Goal("an argument that is no text", .arguments) { $0.arguments.joined().contains(0xff) },
    Goal("a mined variable", .environment) {
        $0.environment.contains { $0.name == bytes("APP_DEBUG") }
    },
    Goal("a locale", .environment) {
        $0.environment.contains { $0.name == bytes("LC_ALL") && $0.value == bytes("C.UTF-8") }
    },
    Goal("a tunable", .environment) {
        $0.environment.contains { $0.value == bytes("glibc.malloc.check=3") }
    },
    Goal("no environment", .environment) { $0.environment.isEmpty },
    Goal("a known line", .standardInput) { $0.standardInput.bytes.starts(with: bytes(".excel\n")) },
    Goal("a line between two", .standardInput) {
        $0.standardInput.bytes == bytes("first line\n.excel\nsecond line\n")
    },
    Goal("one line less", .standardInput) { $0.standardInput.bytes == bytes("first line\n") },
    Goal("no input", .standardInput) { $0.standardInput.bytes.isEmpty },
    Goal("long input", .standardInput) { $0.standardInput.bytes.count > 100_000 },
    Goal("a terminal", .standardInput) { $0.standardInput.kind == .terminal },
    Goal("a pipe", .standardInput) { $0.standardInput.kind == .pipe },
    Goal("a directory in place of an operand", .files) {
        $0.files.contains { $0.path == bytes("a") && $0.kind == .directory }
    },
    Goal("a FIFO as operand", .files) { testCase in
        testCase.files.contains { $0.kind == .fifo && testCase.arguments.contains($0.path) }
    },
    Goal("a dangling link", .files) {
        $0.files.contains { $0.kind == .symbolicLink(target: bytes("nowhere")) }
    },
    Goal("two equal files", .files) {
        $0.files.count == 2 && $0.files[0].kind == $0.files[1].kind
    },
    Goal("files that have changed places", .files) {
        $0.files.contains { $0.path == bytes("a") && $0.kind == .regular(bytes("y\n")) }
            && $0.files.contains { $0.path == bytes("b") && $0.kind == .regular(bytes("x\n")) }
    },
    Goal("an unreadable file", .files) { $0.files.contains { $0.mode == 0 } },
    Goal("a file past 4 GiB", .files) {
        $0.files.contains {
            if case .sparse(let hole, _) = $0.kind { hole > 1 << 32 } else { false }
        }
    },
    Goal("a missing operand", .files) { $0.files.count < 2 },
    Goal("a deep directory", .workingDirectory) { $0.workingDirectory == .deep(levels: 21) },
    Goal("a deleted directory", .lostDirectory) { $0.workingDirectory == .deleted },
    Goal("an unreadable directory", .lostDirectory) { $0.workingDirectory == .unreadable },
    Goal("a terminal as output", .descriptors) {
        $0.descriptors.contains { $0.number == 1 && $0.source == .terminal }
    },
    Goal("a full output", .brokenDescriptors) {
        $0.descriptors.contains { $0.number == 1 && $0.source == .full }
    },
    Goal("a closed input and error output", .brokenDescriptors) { testCase in
        [0, 2].allSatisfy { testCase.descriptors.contains(.init(number: $0, source: .closed)) }
    },
    Goal("few open files", .limits) { $0.limits.contains(.init(resource: .openFiles, value: 3)) },
    Goal("SIGTERM in the run", .signals) { $0.signals.contains { $0.signal == 15 } },
    Goal("EIO from the fourth read", .faults) {
        $0.faults.contains(.init(syscall: 0, occurrence: 4, effect: .error(5)))
    },
    Goal("a short read", .faults) {
        $0.faults.contains(.init(syscall: 0, occurrence: 1, effect: .shortCount(1)))
    },
]

@Suite("Mutator")
struct MutatorTests {
    @Test("what a dimension is for is reached by mutating it", arguments: goals)
    private func reachability(_ goal: Goal) {
        var generator = SeededGenerator(seed: 20)
        var tries = 0
        var current = base
        // Walks of eight steps from the base, as a corpus would take them.
        while tries < 40_000, !goal.isReached(current) {
            if tries % 8 == 0 { current = base }
            current = mutator.mutate(
                current, with: base, weights: only(goal.dimension), using: &generator)
            tries += 1
        }
        #expect(goal.isReached(current), "not in \(tries) tries")
    }

    @Test("two operands become files of one kind, and a file's name a line of input")
    func alike() {
        var generator = SeededGenerator(seed: 21)
        var start = TestCase()
        start.arguments = [bytes("one"), bytes("two")]
        start.files = ["one", "two"].map {
            .init(path: bytes($0), kind: .regular(bytes("text\n")), mode: 0o644)
        }
        let links = (0..<3_000).map { _ in
            mutator.mutate(start, weights: only(.files), using: &generator).files.filter { file in
                guard case .symbolicLink = file.kind else { return false }
                return start.arguments.contains(file.path)
            }
        }
        #expect(links.contains { $0.count == 2 })
        let inputs = (0..<3_000).map { _ in
            mutator.mutate(start, weights: only(.standardInput), using: &generator).standardInput
        }
        #expect(inputs.contains { $0.bytes == bytes("two\n") })
    }

    @Test("steps are inserted, split and repeated where there is a session, and none is made")
    func sessions() {
        var generator = SeededGenerator(seed: 8)
        let without = mutator.mutate(base, weights: only(.sessions), using: &generator)
        #expect(without == base)
        var server = base
        server.sessions = [.init(transport: .tcp, steps: [.send(bytes("GET /")), .receive])]
        var seen: Set<String> = []
        for _ in 0..<3_000 {
            let child = mutator.mutate(server, weights: only(.sessions), using: &generator)
            let steps = child.sessions[0].steps
            if child.sessions.count > 1 { seen.insert("two") }
            if steps.contains(.halfClose) { seen.insert("half-close") }
            if steps.contains(.reset) { seen.insert("reset") }
            if steps.count > 2, case .send(let first) = steps[0], case .send(let second) = steps[1],
                first + second == bytes("GET /")
            {
                seen.insert("split")
            }
        }
        #expect(seen == ["two", "half-close", "reset", "split"])
    }

    @Test("messages are made of lines and words of the vocabulary, and signals come between steps")
    func messages() {
        var generator = SeededGenerator(seed: 9)
        var server = base
        server.sessions = [
            .init(transport: .tcp, address: 1, steps: [.send(bytes("GET /a b\r\n")), .receive])
        ]
        var seen: Set<String> = []
        for _ in 0..<6_000 {
            let child = mutator.mutate(server, weights: only(.sessions), using: &generator)
            #expect(child.provocation == .natural)
            let messages = child.sessions.flatMap(\.steps).compactMap(\.message)
            if messages.contains(bytes(".excel\r\n")) { seen.insert("line") }
            if messages.contains(bytes("GET commit b\r\n")) { seen.insert("word") }
            if messages.contains(bytes("GET /a b\r\nGET /a b\r\n")) { seen.insert("twice") }
            #expect(messages.allSatisfy { $0.count <= InputLimits.messageBytes })
            let signalled = mutator.mutate(server, weights: only(.signals), using: &generator)
            #expect(signalled.provocation == .signal)
            if signalled.sessions[0].steps.contains(.signal(1)) { seen.insert("signal") }
            let fresh = mutator.generate(
                base: server, weights: only(.sessions), using: &generator)
            if fresh.sessions.contains(where: { $0.steps.first == .send(bytes(".excel\r\n")) }) {
                seen.insert("fresh")
            }
            #expect(fresh.sessions.allSatisfy { $0.party == .client(address: 1) })
        }
        #expect(seen == ["line", "word", "twice", "signal", "fresh"])
    }

    @Test("a seed decides all test cases, and a saved generator goes on where it was")
    func determinism() {
        let weights = DimensionWeights(allowing: Set(Provocation.allCases))
        func walk(_ generator: inout SeededGenerator, _ count: Int, from start: TestCase)
            -> [TestCase]
        {
            var all = [start]
            for _ in 0..<count {
                let parent = all[generator.below(all.count)]
                all.append(
                    mutator.mutate(parent, with: all.last, weights: weights, using: &generator))
                all.append(mutator.generate(base: base, weights: weights, using: &generator))
            }
            return all
        }
        var (first, second) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
        #expect(walk(&first, 100, from: base) == walk(&second, 100, from: base))
        let saved = first
        let next = walk(&first, 20, from: base)
        var resumed = saved
        #expect(walk(&resumed, 20, from: base) == next)
        var other = SeededGenerator(seed: 4)
        #expect(walk(&other, 20, from: base) != next)
    }

    @Test("a child differs from its parent, in dimensions that have weight, and no further")
    func dimensions() {
        var generator = SeededGenerator(seed: 31)
        for dimension in Dimension.allCases where dimension != .sessions {
            var different = 0
            for _ in 0..<200 {
                let child = mutator.mutate(base, weights: only(dimension), using: &generator)
                let changed = Dimension.changed(from: base, to: child)
                let allowed: Set<Dimension> =
                    dimension == .files ? [.files, .arguments] : [dimension]
                #expect(changed.isSubset(of: allowed))
                #expect(child.provocation <= dimension.provocation)
                if child != base { different += 1 }
            }
            #expect(different >= 195, "\(dimension)")
        }
        let none = mutator.mutate(base, weights: DimensionWeights(), using: &generator)
        #expect(none == base)
    }

    @Test("natural weights never make a test case that is not natural")
    func natural() {
        var generator = SeededGenerator(seed: 12)
        let weights = DimensionWeights(allowing: [.natural])
        var current = base
        for _ in 0..<3_000 {
            current = mutator.mutate(current, with: base, weights: weights, using: &generator)
            #expect(current.provocation == .natural)
        }
    }

    @Test("long walks stay within the limits, and their results can be encoded")
    func limits() throws {
        var generator = SeededGenerator(seed: 77)
        let weights = DimensionWeights(allowing: Set(Provocation.allCases))
        var current = base
        current.sessions = [.init(transport: .udp, steps: [.send(bytes("ping"))])]
        var other = current
        for step in 0..<4_000 {
            current = mutator.mutate(current, with: other, weights: weights, using: &generator)
            if step % 50 == 0 {
                other = current
                current = mutator.generate(base: base, weights: weights, using: &generator)
            }
            checkLimits(current)
            if step % 20 == 0 {
                let isSame = try TestCase(decoding: current.encoded()) == current
                #expect(isSame)
            }
        }
    }

    @Test("bytes that double at every step are cut at the limits")
    func growth() {
        var generator = SeededGenerator(seed: 6)
        var huge = base
        huge.arguments = Array(repeating: Bytes(repeating: 0x61, count: 200_000), count: 80)
        huge.environment = (0..<200).map { _ in .init(name: bytes("A"), value: huge.arguments[0]) }
        huge.standardInput.bytes = Bytes(repeating: 0x62, count: 3 << 20)
        huge.files = (0..<100).map {
            .init(path: bytes("f\($0)"), kind: .regular(huge.standardInput.bytes))
        }
        let weights = DimensionWeights(allowing: [.natural])
        checkLimits(mutator.mutate(huge, with: huge, weights: weights, using: &generator))
        checkLimits(mutator.generate(base: huge, weights: weights, using: &generator))
    }

    @Test("a descriptor never leads to a file that no tree can have")
    func descriptors() throws {
        var generator = SeededGenerator(seed: 8)
        var strange = base
        let long = Bytes(repeating: 0x6e, count: 256)
        strange.files.append(.init(path: long, kind: .regular([])))
        strange.descriptors = [.init(number: 1, source: .file(path: long))]
        let weights = DimensionWeights(allowing: [.natural])
        for _ in 0..<100 {
            let child = mutator.mutate(strange, weights: weights, using: &generator)
            let isSame = try TestCase(decoding: child.encoded()) == child
            #expect(isSame)
        }
    }

    private func checkLimits(_ testCase: TestCase) {
        #expect(testCase.arguments.count <= InputLimits.arguments)
        #expect(testCase.arguments.allSatisfy { $0.count <= InputLimits.argumentBytes })
        #expect(testCase.environment.count <= InputLimits.variables)
        let variables = testCase.environment.map { $0.name.count + $0.value.count }
        #expect(variables.allSatisfy { $0 < InputLimits.argumentBytes })
        let command = variables.reduce(0, +) + testCase.arguments.reduce(0) { $0 + $1.count }
        #expect(command <= InputLimits.commandBytes)
        #expect(testCase.standardInput.bytes.count <= InputLimits.inputBytes)
        #expect(testCase.files.count <= InputLimits.files)
        var tree = 0
        var directories: Set<Bytes> = []
        var paths: Set<Bytes> = []
        for file in testCase.files {
            #expect(TestCase.File.isPath(file.path) && paths.insert(file.path).inserted)
            if let parent = file.parent { #expect(directories.contains(parent)) }
            switch file.kind {
            case .directory: directories.insert(file.path)
            case .regular(let content), .sparse(_, let content):
                #expect(content.count <= InputLimits.fileBytes)
                tree += content.count
            case .hardLink(let target): #expect(paths.contains(target))
            case .symbolicLink(let target): #expect((1...4_095).contains(target.count))
            default: break
            }
        }
        #expect(tree <= InputLimits.treeBytes)
        #expect(testCase.descriptors.count <= InputLimits.descriptors)
        #expect(Set(testCase.descriptors.map(\.number)).count == testCase.descriptors.count)
        #expect(testCase.sessions.count <= InputLimits.sessions)
        #expect(testCase.sessions.allSatisfy { $0.steps.count <= InputLimits.steps })
        #expect(testCase.signals.count <= InputLimits.signals)
        #expect(testCase.signals.allSatisfy { (1...64).contains($0.signal) })
        #expect(testCase.faults.count <= InputLimits.faults)
        #expect(testCase.faults.allSatisfy { $0.occurrence >= 1 })
    }

    @Test("fresh test cases exercise every option within a few hundred draws")
    func generation() {
        var generator = SeededGenerator(seed: 15)
        let weights = DimensionWeights(allowing: [.natural])
        var spellings: Set<Bytes> = []
        for _ in 0..<300 {
            let made = mutator.generate(base: base, weights: weights, using: &generator)
            for option in vocabulary.options
            where made.arguments.contains(where: { $0.starts(with: option.spelling) }) {
                spellings.insert(option.spelling)
            }
        }
        #expect(spellings.count == vocabulary.options.count)
    }

    @Test("the fault table's numbers carry the names of the kernel's table, and no call twice")
    func faultTable() {
        for row in FaultTable.rows {
            #expect(SyscallNumber(rawValue: row.number).name == row.name)
            #expect(!row.effects.isEmpty)
        }
        #expect(FaultTable.row(of: SyscallNumber.exitGroup.rawValue) == nil)
    }
}
