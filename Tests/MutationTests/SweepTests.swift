import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Sweep")
struct SweepTests {
    private func mutator() -> Mutator {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            helpText: bytes("  -a, --all  x\n  -w, --width=NUM  y\n      --color[=WHEN]  'auto'\n"))
        vocabulary.lines.insert(bytes(".excel"), from: .harness)
        vocabulary.observedCalls = [
            .init(number: 257, occurrences: 3), .init(number: 231, occurrences: 1),
        ]
        return Mutator(vocabulary: vocabulary)
    }

    private func base() -> TestCase {
        var testCase = TestCase()
        testCase.arguments = [bytes("operand")]
        return testCase
    }

    @Test("of a server each message is tried alone first, then sessions in other manners")
    func sessions() {
        func session(_ messages: String...) -> TestCase.Session {
            .init(
                transport: .udp, address: 1,
                steps: messages.flatMap { [.send(bytes($0)), .receive] })
        }
        var server = base()
        server.sessions = [session("A\r\n")]
        var seed = server
        seed.sessions = [session("B\r\n", "C\r\n")]
        let sweep = mutator().sweep(
            base: server, seeds: [seed], allowing: [.natural, .signal])
        let first = (0..<4).compactMap { sweep.testCase(at: $0)?.sessions }
        #expect(
            first == ["A\r\n", "B\r\n", "C\r\n", ".excel\r\n"].map { [session($0)] })
        let all = (0..<sweep.firstPass + 60).compactMap { sweep.testCase(at: $0) }
        #expect(all.contains { $0.sessions.count == 4 })
        #expect(all.contains { $0.sessions == [session("B\r\n", "C\r\n", "B\r\n", "C\r\n")] })
        #expect(all.contains { $0.sessions.contains { $0.steps.contains(.reset) } })
        #expect(all.contains { $0.sessions.first?.steps.contains(.signal(1)) == true })
    }

    @Test("each place of input has every size once, early")
    func sizes() {
        var vocabulary = Vocabulary()
        vocabulary.readsStandardInput = true
        var seed = base()
        seed.files = [.init(path: bytes("data"), kind: .regular(bytes("1")))]
        seed.arguments = [bytes("data")]
        let sweep = Mutator(vocabulary: vocabulary).sweep(
            base: base(), seeds: [seed], allowing: [.natural])
        let first = (0..<sweep.firstPass).compactMap { sweep.testCase(at: $0) }
        let counts = first.compactMap { $0.standardInput.repetition?.count }
        #expect(counts == [1 << 17, 1 << 16, 1 << 20, 4 << 20])
        for (path, arguments) in [
            (bytes("large"), [bytes("operand"), bytes("large")]), (bytes("data"), [bytes("data")]),
        ] {
            let files = first.filter { $0.arguments == arguments }.flatMap(\.files).filter {
                if case .repeated = $0.kind { $0.path == path } else { false }
            }
            #expect(files.count == 4)
        }
    }

    @Test("a message that says how long a part is gets a long one")
    func longMessages() {
        func steps(_ message: String) -> [[TestCase.Session.Step]] {
            var server = base()
            server.sessions = [.init(transport: .tcp, steps: [.send(bytes(message)), .receive])]
            let sweep = mutator().sweep(base: server, allowing: [.natural])
            return (0..<sweep.firstPass).compactMap { sweep.testCase(at: $0) }
                .flatMap(\.sessions).map(\.steps)
        }
        func long(_ before: String, _ after: String?) -> [TestCase.Session.Step] {
            [.send(bytes(before)), .sendRepeated(.init(bytes("x"), count: 4 << 20))]
                + (after.map { [.send(bytes($0))] } ?? []) + [.receive]
        }
        let bulk = "*2\r\n$3\r\nSET\r\n$5\r\nhello\r\n"
        #expect(steps(bulk).contains(long("*2\r\n$3\r\nSET\r\n$4194304\r\n", "\r\n")))
        #expect(steps("set k 0 0 3\r\nabc\r\n").contains(long("set k 0 0 4194304\r\n", "\r\n")))
        #expect(
            steps("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").contains(
                long("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n", nil)))
        let plain = steps("PING 12\r\n").flatMap { $0 }
        #expect(!plain.contains(.sendRepeated(.init(bytes("x"), count: 4 << 20))))
    }

    @Test("signals that a server takes come early in natural life, a client before and after")
    func notifications() {
        var vocabulary = Vocabulary()
        vocabulary.notifications = [1, 15]
        var server = base()
        let session = TestCase.Session(transport: .tcp, steps: [.send(bytes("A")), .receive])
        server.sessions = [session]
        let sweep = Mutator(vocabulary: vocabulary).sweep(base: server, allowing: [.natural])
        let first = (0..<sweep.firstPass).compactMap { sweep.testCase(at: $0) }
        for signal: UInt8 in [1, 15] {
            let notified = first.filter {
                $0.sessions.contains { $0.steps.contains(.notify(signal)) }
            }
            #expect(notified.allSatisfy { $0.provocation == .natural })
            #expect(
                notified.contains {
                    $0.sessions.first?.steps == session.steps + [.notify(signal)] + session.steps
                })
            #expect(notified.contains { $0.sessions.count == 2 })
        }
        #expect(!first.contains { $0.sessions.contains { $0.steps.contains(.notify(10)) } })
    }

    @Test("words are called as functions by a program that reads its input, and by no other")
    func calls() {
        for reads in [true, false] {
            var vocabulary = Vocabulary()
            vocabulary.words.insert(bytes("system"), from: .binary)
            vocabulary.words.insert(bytes("no-name"), from: .binary)
            vocabulary.readsStandardInput = reads
            let sweep = Mutator(vocabulary: vocabulary).sweep(base: base(), allowing: [.natural])
            let inputs = (0..<sweep.count).compactMap {
                sweep.testCase(at: $0)?.standardInput.bytes
            }
            #expect(inputs.contains(bytes("system(first)\n")) == reads)
            #expect(!inputs.contains(bytes("no-name(first)\n")))
            // With more behind it than fits into half a mebibyte.
            let much = inputs.filter { $0.starts(with: bytes("system(1)\n")) && $0.count > 1 << 19 }
            #expect(!much.isEmpty == reads)
        }
    }

    @Test("what the loader reads is tried before most of what is the program's own, pairs as well")
    func variables() throws {
        let sweep = mutator().sweep(base: base(), allowing: [.natural])
        let settings = (0..<sweep.count).map { index in
            (sweep.testCase(at: index)?.environment ?? []).map {
                String(decoding: $0.name + [0x3d] + $0.value, as: UTF8.self)
            }
        }
        let alone = try #require(settings.firstIndex { $0.contains("LD_PROFILE=libc.so.6") })
        let operands = try #require(
            (0..<sweep.count).first { sweep.testCase(at: $0)?.arguments == [bytes("missing")] })
        #expect(alone < operands)
        let both = ["LD_DEBUG=all", "LD_DEBUG_OUTPUT=debug"]
        #expect(settings.contains { Set($0).isSuperset(of: both) })
        #expect(settings.contains { $0.contains("LD_BIND_NOW=1") })
    }

    @Test("every index gives the same test case again, and none past the end")
    func indices() {
        let (first, second) = (
            mutator().sweep(base: base(), allowing: Set(Provocation.allCases)),
            mutator().sweep(base: base(), allowing: Set(Provocation.allCases))
        )
        #expect(first.count == second.count)
        var made = 0
        for index in 0..<first.count {
            let testCase = first.testCase(at: index)
            #expect(testCase == second.testCase(at: index))
            if testCase != nil { made += 1 }
        }
        #expect(made > 300)
        #expect(first.testCase(at: first.count) == nil)
        #expect(first.testCase(at: -1) == nil)
    }

    @Test("options, values, shapes, variables, lines, limits, signals and faults are all in it")
    func coverage() {
        let sweep = mutator().sweep(base: base(), allowing: Set(Provocation.allCases))
        let all = (0..<sweep.count).compactMap { sweep.testCase(at: $0) }
        func contains(_ arguments: [String]) -> Bool {
            all.contains { $0.arguments == arguments.map(bytes) }
        }
        #expect(contains(["--all", "operand"]))
        #expect(contains(["--all"]))
        #expect(contains(["-a", "first", "second"]))
        #expect(contains(["--color", "operand"]))
        #expect(contains(["--color=auto", "-"]))
        #expect(contains(["--width=100000", "missing"]))
        #expect(
            all.contains {
                $0.arguments.starts(with: [bytes("-a"), bytes("--all")])
                    && $0.arguments.last == bytes("operand")
            })
        for shape in FileShape.allCases {
            let expected = shape.files(at: bytes("first"))
            #expect(all.contains { $0.files.starts(with: expected) }, "\(shape)")
        }
        #expect(all.contains { $0.environment.contains { $0.name == bytes("LD_BIND_NOW") } })
        #expect(all.contains { $0.standardInput.bytes == bytes(".excel\n") })
        #expect(all.contains { $0.workingDirectory == .deleted })
        #expect(all.contains { $0.limits == [.init(resource: .openFiles, value: 4)] })
        #expect(all.contains { $0.signals.first?.signal == 15 })
        #expect(
            all.contains {
                $0.faults == [.init(syscall: 257, occurrence: 3, effect: .error(24))]
            })
        #expect(!all.contains { $0.faults.contains { $0.syscall == 231 } })
    }

    @Test("an option is tried with those that its description speaks of, and what they need")
    func companions() {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            helpText: bytes(
                """
                  --make          with --phrase, or --yes
                  --phrase=WORD   needs --batch
                  --batch         asks nothing
                  --yes           says yes
                """))
        let sweep = Mutator(vocabulary: vocabulary).sweep(
            base: TestCase(), allowing: [.natural])
        func lines(_ indices: Range<Int>) -> Set<[Bytes]> {
            Set(indices.compactMap { sweep.testCase(at: $0)?.arguments })
        }
        let (early, all) = (lines(0..<sweep.firstPass), lines(0..<sweep.count))
        for arguments in [
            ["--phrase=1", "--yes", "--make", "first"], ["--phrase=1", "--yes", "--make"],
            ["--batch", "--phrase=1", "first"],
        ] { #expect(early.contains(arguments.map(bytes)), "\(arguments)") }
        for arguments in [
            ["--batch", "--phrase=1", "--make"], ["--phrase=1", "--make", "first"],
        ] { #expect(all.contains(arguments.map(bytes)), "\(arguments)") }
        #expect(!early.contains(["--yes", "--batch"].map(bytes)))
    }

    @Test("where a base is dear its surroundings come behind the options")
    func dearBase() throws {
        var vocabulary = Vocabulary()
        vocabulary.mine(helpText: bytes("  --quick  x\n"))
        let mutator = Mutator(vocabulary: vocabulary)
        func place(_ isDear: Bool) -> (option: Int?, terminal: Int?) {
            let sweep = mutator.sweep(
                base: TestCase(), isBaseDear: isDear, allowing: [.natural])
            let cases = (0..<sweep.firstPass).map { sweep.testCase(at: $0) }
            return (
                cases.firstIndex { $0?.arguments == [bytes("--quick")] },
                cases.firstIndex { $0?.descriptors.isEmpty == false }
            )
        }
        let (cheap, dear) = (place(false), place(true))
        #expect(try #require(cheap.option) > #require(cheap.terminal))
        #expect(try #require(dear.option) < #require(dear.terminal))
    }

    @Test("an option that takes a command line is tried with whole ones")
    func commandLines() {
        var vocabulary = Vocabulary()
        vocabulary.mine(helpText: bytes("  -exec COMMAND ;  x\n  --filter=COMMAND  y\n"))
        let sweep = Mutator(vocabulary: vocabulary).sweep(base: base(), allowing: [.natural])
        let all = Set((0..<sweep.count).compactMap { sweep.testCase(at: $0)?.arguments })
        #expect(all.contains(["-exec", "cat", "{}", ";", "operand"].map(bytes)))
        #expect(all.contains(["-exec", "cat", "{}", "+", "operand"].map(bytes)))
        #expect(all.contains(["--filter=cat", "operand"].map(bytes)))
        #expect(!all.contains { $0.starts(with: ["--filter", "cat", "{}"].map(bytes)) })
    }

    @Test("a seed is tried with input and output of every kind, and behind every command")
    func seededSurroundings() {
        var vocabulary = Vocabulary()
        vocabulary.mine(command: bytes("commit"), answer: bytes("  --amend  x\n"))
        var seed = TestCase()
        seed.arguments = [bytes("a"), bytes("file")]
        let sweep = Mutator(vocabulary: vocabulary).sweep(
            base: base(), seeds: [seed], allowing: [.natural])
        let all = (0..<sweep.count).compactMap { sweep.testCase(at: $0) }
        #expect(all.contains { $0.arguments == ["commit", "a", "file"].map(bytes) })
        for kind in TestCase.StandardInput.Kind.allCases {
            for source: TestCase.Descriptor.Source in [.null, .terminal] {
                #expect(
                    all.contains {
                        $0.arguments == seed.arguments && $0.standardInput.kind == kind
                            && $0.descriptors == [.init(number: 1, source: source)]
                    })
            }
        }
    }

    @Test("faults come in pairs as well: the same twice, and two of different calls")
    func faultPairs() {
        let sweep = mutator().sweep(base: base(), allowing: [.injected])
        let pairs = (0..<sweep.count).compactMap { sweep.testCase(at: $0)?.faults }
            .filter { $0.count == 2 }
        #expect(
            pairs.contains { $0[0].syscall == $0[1].syscall && $0.map(\.occurrence) == [1, 2] })
        var vocabulary = Vocabulary()
        vocabulary.observedCalls = [0, 1, 257].map { .init(number: $0, occurrences: 2) }
        let other = Mutator(vocabulary: vocabulary).sweep(base: base(), allowing: [.injected])
        let calls = (0..<other.count).compactMap { other.testCase(at: $0)?.faults.map(\.syscall) }
        for pair: [UInt32] in [[0, 1], [0, 257], [1, 257]] { #expect(calls.contains(pair)) }
    }

    @Test("a sweep that may only be natural is")
    func natural() {
        let sweep = mutator().sweep(base: base(), allowing: [.natural])
        let all = (0..<sweep.count).compactMap { sweep.testCase(at: $0) }
        #expect(all.count > 300)
        #expect(all.allSatisfy { $0.provocation == .natural })
    }
}
