import TestCases
import Testing

private func text(_ lines: String...) -> String {
    (["fathom-test-case 1"] + lines + ["end", ""]).joined(separator: "\n")
}

@Suite("Encoding")
struct EncodingTests {
    @Test("random test cases with every dimension come back from both forms")
    func roundTrip() throws {
        var random = RandomTestCase(seed: 7)
        var ids: Set<String> = []
        for _ in 0..<400 {
            let testCase = random.next()
            let encoded = testCase.encoded()
            #expect(try TestCase(decoding: encoded) == testCase)
            #expect(try TestCase(inlineText: testCase.inlineText()) == testCase)
            #expect(encoded.id == testCase.id)
            ids.insert(testCase.id)
        }
        #expect(ids.count > 390)
    }

    @Test("the text is what a person would write")
    func readable() {
        var testCase = TestCase()
        testCase.arguments = [Bytes("--color=\"x\"".utf8), [0xff, 0x0a, 0x5c]]
        testCase.environment = [.init(name: Bytes("LANG".utf8), value: Bytes("C".utf8))]
        testCase.standardInput = .init(kind: .terminal, bytes: Bytes("y\n".utf8))
        testCase.files = [
            .init(path: Bytes("d".utf8), kind: .directory, mode: 0o755),
            .init(path: Bytes("d/l".utf8), kind: .symbolicLink(target: Bytes("..".utf8))),
        ]
        testCase.workingDirectory = .deep(levels: 20)
        testCase.descriptors = [.init(number: 1, source: .brokenPipe)]
        testCase.limits = [.init(resource: .openFiles, value: 3)]
        testCase.sessions = [.init(transport: .tcp, steps: [.send([0]), .halfClose])]
        testCase.signals = [.init(signal: 15, atSyscall: 20)]
        testCase.faults = [.init(syscall: 257, occurrence: 2, effect: .error(28))]
        let expected = text(
            #"argument "--color=\"x\"""#, #"argument "\xff\n\\""#, #"variable "LANG" "C""#,
            #"input terminal "y\n""#, #"file "d" 755 directory"#,
            #"file "d/l" 644 symbolic-link "..""#, "directory deep 20", "descriptor 1 broken-pipe",
            "limit open-files 3", "session tcp", #"send "\x00""#, "half-close", "signal 15 at 20",
            "fault 257 occurrence 2 error 28")
        #expect(String(decoding: testCase.encoded().text, as: UTF8.self) == expected)
    }

    @Test("what is repeated is stored as its piece, and made where it is used")
    func repetitions() throws {
        let lines = Bytes(
            text(
                #"input pipe "head\n" repeated 3 "ab""#,
                #"file "f" 644 repeated 2 number-at 1 "(,x)""#, "session tcp",
                #"send-repeated 4194304 "x""#
            ).utf8)
        let testCase = try TestCase(inlineText: lines)
        #expect(testCase.inlineText() == lines)
        #expect(testCase.standardInput.content == Bytes("head\nababab".utf8))
        guard case .repeated(let numbered) = testCase.files[0].kind,
            case .sendRepeated(let long) = testCase.sessions[0].steps[0]
        else {
            Issue.record("nothing is repeated")
            return
        }
        #expect(numbered.bytes == Bytes("(0,x)(1,x)".utf8))
        #expect(long.bytes.count == 4 << 20)
        #expect(testCase.size < 200)
    }

    @Test("what is repeated too often, or numbered behind its end, is refused")
    func refusedRepetitions() {
        for line in [
            #"file "f" 644 repeated 4000000000 "ab""#, #"send-repeated 2 number-at 3 "ab""#,
            #"input file "" repeated 67108864 number-at 0 """#, #"input file "" repeat 2 "a""#,
        ] {
            #expect(throws: TestCaseError.self) {
                try TestCase(inlineText: Bytes(text("session tcp", line).utf8))
            }
        }
    }

    @Test("a session that is later has a line before it, and such a line a session behind it")
    func laterSessions() throws {
        let lines = Bytes(text("session tcp", "receive", "then", "session udp", "wait").utf8)
        let testCase = try TestCase(inlineText: lines)
        #expect(testCase.sessions.map(\.isLater) == [false, true])
        #expect(testCase.inlineText() == lines)
        let error = #expect(throws: TestCaseError.self) {
            try TestCase(inlineText: Bytes(text("session tcp", "then").utf8))
        }
        #expect(error?.description.contains("a session must follow") == true)
        #expect(
            TestCase().preceded(by: [testCase.sessions, []]).sessions.map(\.isLater)
                == [false, true])
        #expect(
            testCase.preceded(by: [testCase.sessions]).sessions.map(\.isLater)
                == [false, true, true, true])
    }

    @Test("sessions of before are read as they were written, and what is new is as readable")
    func sessions() throws {
        let old = text(
            "session tcp", #"send "GET /\r\n""#, "receive", "half-close", "close", "reset",
            "session udp", "session unix-stream", "session unix-datagram")
        let testCase = try TestCase(inlineText: Bytes(old.utf8))
        #expect(testCase.sessions.map(\.transport) == [.tcp, .udp, .unixStream, .unixDatagram])
        #expect(testCase.sessions.allSatisfy { $0.party == .client(address: 0) })
        #expect(String(decoding: testCase.inlineText(), as: UTF8.self) == old)
        let new = text("session tcp 2", "wait", "send-signal 10", #"send """#)
        let second = try TestCase(inlineText: Bytes(new.utf8))
        #expect(
            second.sessions == [
                .init(transport: .tcp, address: 2, steps: [.wait, .signal(10), .send([])])
            ])
        #expect(String(decoding: second.inlineText(), as: UTF8.self) == new)
    }

    @Test("peers and companions are read as they are written")
    func parties() throws {
        let written = text(
            "peer tcp", "receive", "peer tcp 8080", #"send "ok""#, #"peer udp "127.0.0.1:53""#,
            #"peer unix-stream "/run/name""#, #"companion "-p" "{port}""#, "half-close",
            #"companion-peer "-i""#, "companion-peer")
        let testCase = try TestCase(inlineText: Bytes(written.utf8))
        let places = ["", "8080", "127.0.0.1:53", "/run/name"].map { Bytes($0.utf8) }
        #expect(
            testCase.sessions.map(\.party) == [
                .peer(at: []), .peer(at: places[1]), .peer(at: places[2]), .peer(at: places[3]),
                .companion(arguments: ["-p", "{port}"].map { Bytes($0.utf8) }),
                .companionPeer(arguments: [Bytes("-i".utf8)]), .companionPeer(arguments: []),
            ])
        #expect(testCase.isVisited)
        #expect(String(decoding: testCase.inlineText(), as: UTF8.self) == written)
        // A port in quotes is the same one.
        let quoted = text(#"peer tcp "8080""#)
        #expect(
            try TestCase(inlineText: Bytes(quoted.utf8))
                == TestCase(inlineText: Bytes(text("peer tcp 8080").utf8)))
    }

    @Test("bytes of more than 1,024 are carried once beside the text and checked on reading")
    func blobs() throws {
        var testCase = TestCase()
        let long = Bytes(repeating: 0x61, count: 1_025)
        testCase.arguments = [long, Bytes(long.dropLast()), long]
        var encoded = testCase.encoded()
        #expect(encoded.blobs.map(\.bytes) == [long])
        #expect(encoded.text.count < 1_400)
        encoded.blobs = []
        #expect(throws: TestCaseError.self) { try TestCase(decoding: encoded) }
        #expect(throws: TestCaseError.self) {
            try TestCase(decoding: encoded.text) { _ in Bytes(repeating: 0x62, count: 1_025) }
        }
    }

    @Test("text cut at any byte is refused")
    func truncation() {
        var random = RandomTestCase(seed: 3)
        for _ in 0..<4 {
            let text = random.next().inlineText()
            for count in stride(from: 0, to: text.count, by: text.count > 2_000 ? 37 : 1) {
                #expect(throws: TestCaseError.self) {
                    try TestCase(inlineText: Bytes(text[..<count]))
                }
            }
        }
    }

    @Test("a flipped bit is refused or is another test case, which comes back as well")
    func bitFlips() throws {
        var random = RandomTestCase(seed: 11)
        var refused = 0
        for _ in 0..<40 {
            let original = random.next()
            let text = original.inlineText()
            for _ in 0..<60 {
                var flipped = text
                flipped[random.draw(below: text.count)] ^= 1 << UInt8(random.draw(below: 8))
                do {
                    let read = try TestCase(inlineText: flipped)
                    #expect(read != original)
                    #expect(try TestCase(inlineText: read.inlineText()) == read)
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 400)
    }

    @Test(
        "the error names the line and what may stand there",
        arguments: [
            (text("argument"), 2, "the end of the line stands where a space"),
            (text("argument \"a\"", "argumnt \"a\""), 3, "\"argumnt\" is not one of argument,"),
            (text("input socket \"\""), 2, "is not one of file, pipe, terminal"),
            (text("input file \"a\"", "input file \"b\""), 3, "one line input, not two"),
            (text("file \"../x\" 644 fifo"), 2, "\"../x\" is no relative path"),
            (text("file \"/x\" 644 fifo"), 2, "\"/x\" is no relative path"),
            (text("file \"x\" 648 fifo"), 2, "no octal number from 0 to 7777"),
            (text("signal 65 at 1"), 2, "\"65\" is no number from 1 to 64"),
            (text("signal 09 at 1"), 2, "\"09\" is no number from 1 to 64"),
            (text("fault 1 occurrence 1 error 0"), 2, "\"0\" is no number from 1 to 4095"),
            (text("limit stack 18446744073709551616"), 2, "is no number from 0"),
            (text("receive"), 2, "must come after the line session"),
            (text("session tcp 0"), 2, "\"0\" is no number from 1 to 65535"),
            (text("peer tcp 0"), 2, "\"0\" is no number from 1 to 65535"),
            (text("peer smoke"), 2, "\"smoke\" is not one of"),
            (text("session tcp", "send-signal 0"), 3, "\"0\" is no number from 1 to 64"),
            (text("argument \"\\q\""), 2, "an escape is none of"),
            (text("argument \"\u{e9}\""), 2, "byte 195 must be written as an escape"),
            (text("argument \"a\" \"b\""), 2, "stands where the line must end"),
            (text("argument @12 4"), 2, "a reference needs the 64"),
            (text("end"), 3, "nothing may follow"),
            ("fathom-test-case 2\nend\n", 1, "use a newer one"),
            ("#!/bin/sh\n", 1, "\"#\" stands there"),
        ])
    func errors(_ text: String, line: Int, words: String) throws {
        let error = try #require(throws: TestCaseError.self) {
            try TestCase(inlineText: Bytes(text.utf8))
        }
        #expect(error.line == line)
        #expect(error.description.contains(words), "\(error)")
    }
}

@Suite("Facts of a test case")
struct FactTests {
    @Test("the provocation is that of the strongest part")
    func provocation() {
        var testCase = TestCase()
        testCase.arguments = [[0x61]]
        testCase.descriptors = [.init(number: 1, source: .terminal)]
        testCase.workingDirectory = .deep(levels: 3)
        #expect(testCase.provocation == .natural)
        testCase.workingDirectory = .deleted
        #expect(testCase.provocation == .resource)
        testCase.workingDirectory = .scratch(path: [])
        testCase.descriptors = [.init(number: 1, source: .full)]
        #expect(testCase.provocation == .resource)
        testCase.descriptors = []
        testCase.sessions = [.init(transport: .tcp, steps: [.send([0]), .reset])]
        #expect(testCase.provocation == .natural)
        testCase.sessions[0].steps.append(.notify(1))
        #expect(testCase.provocation == .natural)
        testCase.sessions[0].steps.append(.signal(1))
        #expect(testCase.provocation == .signal)
        testCase.sessions = []
        testCase.signals = [.init(signal: 1, atSyscall: 1)]
        #expect(testCase.provocation == .signal)
        testCase.faults = [.init(syscall: 0, occurrence: 1, effect: .shortCount(1))]
        #expect(testCase.provocation == .injected)
    }

    @Test("whatever is added makes a test case larger")
    func size() {
        let additions: [(inout TestCase) -> Void] = [
            { $0.arguments.append([]) }, { $0.arguments[0].append(1) },
            { $0.environment.append(.init(name: [1], value: [])) },
            { $0.standardInput.bytes.append(1) }, { $0.standardInput.kind = .pipe },
            { $0.files.append(.init(path: [0x61], kind: .fifo)) },
            { $0.workingDirectory = .deep(levels: 1) },
            { $0.descriptors.append(.init(number: 1, source: .null)) },
            { $0.limits.append(.init(resource: .stack, value: 0)) },
            { $0.sessions.append(.init(transport: .tcp, steps: [])) },
            { $0.sessions[0].steps.append(.receive) },
            { $0.signals.append(.init(signal: 1, atSyscall: 1)) },
            { $0.faults.append(.init(syscall: 1, occurrence: 1, effect: .error(1))) },
        ]
        var testCase = TestCase()
        #expect(testCase.size == 0)
        for add in additions {
            let before = testCase.size
            add(&testCase)
            #expect(testCase.size > before)
        }
    }

    @Test("only paths that stay below the scratch directory are paths")
    func paths() {
        for path in ["a", "a/b", "...", "a/.b", String(repeating: "a", count: 255)] {
            #expect(TestCase.File.isPath(Bytes(path.utf8)), "\(path)")
        }
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\0b",
            String(repeating: "a", count: 256), String(repeating: "a/", count: 2_100) + "a",
        ] {
            #expect(!TestCase.File.isPath(Bytes(path.utf8)), "\(path)")
        }
    }
}
