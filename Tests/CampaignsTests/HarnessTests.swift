import Campaigns
import Foundation
import Glibc
import Mutation
import Sandboxing
import TestCases
import Testing

@Suite("Harness files")
struct HarnessTests {
    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    /// The file with the text in it.
    @discardableResult
    func file(_ text: String) throws -> String {
        try folder.file("harness.json5", text.utf8)
    }

    /// What reading the text is refused with.
    func refusal(_ text: String) throws -> HarnessError? {
        let path = try file(text)
        let error = #expect(throws: HarnessError.self) { try Harness.load(path) }
        #expect(error?.file == path)
        return error
    }

    @Test("all fields are read, and a folder means the file in it")
    func complete() throws {
        try file(
            """
            // A comment.
            {
                name: "demo", program: 'ls', arguments: ["-l", ""],
                environment: { TZ: "UTC", A: "1" },
                standardInput: "yes\\n",
                files: {
                    "a/b": "text",
                    "d": { directory: true },
                    "l": { link: "/etc" },
                    "p": { fifo: true },
                    "t": { text: "more" },
                },
                words: ["--wrong"], lines: ["GET /"], corpus: ".",
                libraries: ["libnss_x.so.2", "./harness.json5"],
                bounds: {
                    cpuTime: 0.5, wallTime: 3, blockedTime: 0.25, memory: 2e6, processes: 2, events: 1000,
                    scratchSize: 0x200000,
                },
            }
            """)
        let harness = try Harness.load(folder.path)
        #expect(harness.name == "demo")
        #expect(harness.program.hasSuffix("/ls"))
        #expect(harness.base.arguments == [Bytes("-l".utf8), []])
        #expect(
            harness.base.environment.map { String(decoding: $0.name, as: UTF8.self) } == [
                "A", "TZ",
            ])
        #expect(harness.base.standardInput == .init(kind: .file, bytes: Bytes("yes\n".utf8)))
        #expect(
            harness.base.files.map(\.kind) == [
                .regular(Bytes("text".utf8)), .directory,
                .symbolicLink(target: Bytes("/etc".utf8)), .fifo, .regular(Bytes("more".utf8)),
            ])
        #expect(harness.base.files.map(\.mode) == [0o644, 0o755, 0o644, 0o644, 0o644])
        #expect(harness.words == [Bytes("--wrong".utf8)])
        #expect(harness.lines == [Bytes("GET /".utf8)])
        #expect(harness.corpus == folder.path)
        #expect(harness.libraries == ["libnss_x.so.2", folder.path + "/harness.json5"])
        var bounds = Harness.Bounds()
        bounds.cpuTime = .milliseconds(500)
        bounds.wallTime = .seconds(3)
        bounds.blockedTime = .milliseconds(250)
        bounds.memory = 2_000_000
        bounds.processes = 2
        bounds.events = 1_000
        bounds.scratchSize = 1 << 21
        #expect(harness.bounds == bounds)
    }

    @Test("a harness says whom its target runs as, what it sees, and how it may be configured")
    func machine() throws {
        try folder.file("accounts", "somebody\n".utf8)
        try file(
            """
            {
                program: "ls", user: "root", machine: "writable", files: { conf: "a {\\n  b;\\n}\\n" },
                overlays: {
                    "/etc/passwd": { from: "accounts", mode: "640" },
                    "/var/run/made": { directory: true },
                    "/var/run/made/link": { link: "/etc" },
                },
                configuration: [{ file: "conf", after: "a {", lines: ["c;", "d;\\ne;"] }],
            }
            """)
        let harness = try Harness.load(folder.path)
        #expect(harness.user == .root)
        #expect(harness.machine == .writable)
        #expect(harness.bounds.scratchSize > Harness.Bounds().scratchSize)
        #expect(
            harness.overlays == [
                Overlay(
                    path: "/etc/passwd", content: .file(Bytes("somebody\n".utf8)), mode: 0o640),
                Overlay(path: "/run/made", content: .folder, mode: 0o755),
                Overlay(path: "/run/made/link", content: .link(target: "/etc"), mode: 0o644),
            ])
        #expect(
            harness.configuration == [
                Configuration(
                    file: Bytes("conf".utf8), anchor: Bytes("a {".utf8),
                    alternatives: ["c;", "d;\ne;"].map { Bytes($0.utf8) })
            ])
    }

    @Test(
        "what cannot be seen or configured is named with its line",
        arguments: [
            ("user: 'no-such-one'", "user: \"no-such-one\" is neither"),
            ("machine: 'mine'", "machine: \"mine\" is neither"),
            ("overlays: { '/etc/none': 'x' }", "nothing is at /etc/none"),
            ("overlays: { '/etc': 'x' }", "/etc is a folder; give { directory: true }"),
            ("overlays: { '/etc/passwd': { directory: true } }", "/etc/passwd is no folder"),
            ("overlays: { 'etc/passwd': 'x' }", "no absolute path"),
            ("overlays: { '/etc/passwd': { fifo: true } }", "must be a file, a directory"),
            ("configuration: [{ file: 'none', lines: [] }]", "none, which is no file"),
            ("configuration: [{ file: 'c', after: 'x', lines: [] }]", "no line of c is \"x\""),
            ("configuration: [{ file: 'c', before: 'x' }]", "before: no such field"),
        ])
    func machineRefused(field: String, problem: String) throws {
        let error = try #require(
            try refusal("{ program: 'ls', files: { c: 'y' },\n  \(field) }"))
        #expect(error.line == 2)
        #expect(error.problem.contains(problem), "\(error.problem)")
    }

    @Test("a program alone is enough, here one of the folder; the name is the folder's")
    func minimal() throws {
        try folder.file("target", "#!/bin/sh\n".utf8)
        let harness = try Harness.load(try file("{ program: './target' }"))
        #expect(folder.path.hasSuffix("/" + harness.name))
        #expect(harness.program == folder.path + "/target")
        #expect(harness.base.environment == Harness.plainEnvironment)
        #expect(harness.corpus == nil)
        #expect(harness.bounds == Harness.Bounds())
    }

    @Test(
        "a field that does not exist is named with its line and the fields that do",
        arguments: [
            ("{\n  program: 'ls',\n  argument: [],\n}", 3, "argument", "arguments, environment"),
            (
                "{\n  // time: long\n  program: 'ls',\n  bounds: {\n    time: 3 } }", 5, "time",
                "cpuTime"
            ),
            (
                "{\n program: 'ls',\n files: {\n  'a': { links: 'b' } } }", 4, "links",
                "link, directory"
            ),
        ])
    func unknownField(text: String, line: Int, field: String, allowed: String) throws {
        let error = try #require(try refusal(text))
        #expect(error.line == line)
        #expect(error.problem.hasPrefix("\(field): no such field; allowed are "))
        #expect(error.problem.contains(allowed))
        #expect(error.description.hasPrefix("cannot use \(error.file), line \(line): "))
    }

    @Test(
        "a value of another type is named with its line and what it must be",
        arguments: [
            ("{\n  program: 3 }", 2, "program: must be a string"),
            ("{ program: 'ls',\n  arguments: '-l' }", 2, "arguments: must be a list"),
            ("{ program: 'ls',\n\n  words: ['a', 1] }", 3, "words: must be a string"),
            ("{ program: 'ls', bounds: {\n  wallTime: '1' } }", 2, "wallTime: must be a number"),
            ("{ program: 'ls', bounds: {\n  processes: true } }", 2, "processes: must be a number"),
            (
                "{ program: 'ls',\n files: { x: {\n  directory: 'yes' } } }", 3,
                "directory: must be true"
            ),
            ("{ program: 'ls',\n files: {\n  x: 5 } }", 3, "x: must be"),
            ("[]", nil, "must be"),
        ] as [(String, Int?, String)])
    func wrongType(text: String, line: Int?, problem: String) throws {
        let error = try #require(try refusal(text))
        #expect(error.line == line)
        #expect(error.problem.hasPrefix(problem), "\(error.problem)")
    }

    @Test("what is missing is named")
    func missingField() throws {
        #expect(try refusal("{ arguments: [] }")?.problem == "the field program is missing")
        let entry = try refusal("{ program: 'ls',\n files: { a: {} } }")
        #expect(entry?.problem == "a: the field text is missing")
        #expect(entry?.line == 2)
    }

    @Test("a program that is not installed is named with its line")
    func missingProgram() throws {
        let error = try #require(
            try refusal("{\n  // The program.\n  program: 'no-such-program-anywhere',\n}"))
        #expect(error.line == 3)
        #expect(error.problem.contains("no program named no-such-program-anywhere"))
    }

    @Test(
        "bounds outside of their range are refused with the range",
        arguments: [
            ("cpuTime", "0", "from 0.01 to 3600 seconds"),
            ("wallTime", "1e9", "from 0.01 to 3600 seconds"),
            ("cpuTime", "NaN", "from 0.01 to 3600 seconds"),
            ("wallTime", "Infinity", "from 0.01 to 3600 seconds"),
            ("blockedTime", "-1", "from 0.01 to 3600 seconds"),
            ("memory", "1000", "from 1048576 to"), ("memory", "-1", "a whole number"),
            ("memory", "1e300", "a whole number"), ("processes", "0", "from 1 to 4096"),
            ("processes", "1.5", "a whole number"), ("events", "99", "from 100 to 10000000"),
            ("scratchSize", "1", "from 1048576 to 17179869184"),
        ])
    func bounds(field: String, value: String, range: String) throws {
        let error = try #require(
            try refusal("{\n  program: 'ls',\n  bounds: {\n    \(field): \(value),\n  },\n}"))
        #expect(error.line == 4)
        #expect(error.problem.hasPrefix("\(field) must be"), "\(error.problem)")
        #expect(error.problem.contains(range), "\(error.problem)")
    }

    @Test(
        "paths that lead out of the scratch folder are refused",
        arguments: ["../x", "/etc/passwd", "a//b"])
    func outside(path: String) throws {
        let error = try refusal("{\n  program: 'ls',\n  files: {\n    '\(path)': 'x' } }")
        #expect(error?.line == 4)
        #expect(error?.problem.contains("\"\(path)\" is no relative path") == true)
    }

    @Test("a corpus that is not there is named with its line")
    func missingCorpus() throws {
        let error = try refusal("{\n  // No corpus: none.\n  program: 'ls',\n  corpus: 'seeds' }")
        #expect(error?.line == 4)
        #expect(error?.problem.contains("\(folder.path)/seeds, where nothing is") == true)
    }

    @Test(
        "text that is no JSON5 is refused with the line on which it shows",
        arguments: [
            ("{\n  program: 'ls'\n  words: [],\n}", 3), ("{ program: 'ls',", 1), ("", 1),
            ("{,}", 1),
            ("\n// {\n{\n  program ls\n}\n", 4), ("{\n  program: 'ls',\n}\n}\n", 4),
            ("{\n  /* [\n  */ program: 'l}s',\n  words: [\n    \"a\\\"}\",\n    b\n  ],\n}", 6),
        ])
    func invalid(text: String, line: Int) throws {
        let error = try #require(try refusal(text))
        #expect(error.problem.hasPrefix("the text is not valid JSON5"), "\(error.problem)")
        #expect(error.line == line)
    }

    @Test("a file that is not there is refused with what may be given instead")
    func missing() {
        let error = #expect(throws: HarnessError.self) { try Harness.load("/no/such/folder") }
        #expect(error?.file == "/no/such/folder/harness.json5")
        #expect(
            error?.problem
                == "No such file or directory; give a folder with a harness.json5, or -- CMD ARG…")
    }

    @Test("a file cut at any byte is refused, never read as something else")
    func truncation() throws {
        let text = "{program:'ls',arguments:['-l'],bounds:{cpuTime:1}}"
        for count in 0..<text.count {
            let path = try file(String(text.prefix(count)))
            #expect(throws: HarnessError.self) { try Harness.load(path) }
        }
    }

    @Test("a server's samples become sessions, the first one of every test case")
    func server() throws {
        try folder.file("key", "secret".utf8)
        try file(
            """
            {
                program: "ls",
                files: { "key": { from: "key", mode: "600" } },
                server: {
                    transport: "unix-stream",
                    samples: ["A\\n", ["B\\n", { hex: "00 fF" }], { hex: "7f" }],
                    lineEnd: "\\n", endSignal: "QUIT",
                },
            }
            """)
        let harness = try Harness.load(folder.path)
        let server = try #require(harness.server)
        #expect(server.endSignal == 3)
        #expect(server.lineEnd == [0x0a])
        #expect(
            harness.base.sessions == [
                .init(transport: .unixStream, steps: [.send(Bytes("A\n".utf8)), .receive])
            ])
        #expect(harness.seeds.map(\.sessions.count) == [1, 1])
        #expect(
            harness.seeds[0].sessions[0].steps == [
                .send(Bytes("B\n".utf8)), .receive, .send([0x00, 0xff]), .receive,
            ])
        #expect(harness.seeds[1].sessions[0].steps == [.send([0x7f]), .receive])
        #expect(harness.base.files[0].kind == .regular(Bytes("secret".utf8)))
        #expect(harness.base.files[0].mode == 0o600)
    }

    @Test("a sample may have a transport of its own, and be of several messages all the same")
    func sampleTransports() throws {
        try file(
            """
            {
                program: "ls",
                server: {
                    transport: "udp",
                    samples: ["A", { transport: "tcp", messages: ["B", { hex: "00" }] }, { messages: "C" }],
                },
            }
            """)
        let harness = try Harness.load(folder.path)
        let sessions = ([harness.base] + harness.seeds).flatMap(\.sessions)
        #expect(sessions.map(\.transport) == [.udp, .tcp, .udp])
        #expect(
            sessions[1].steps == [.send(Bytes("B".utf8)), .receive, .send([0]), .receive])
        #expect(sessions[2].steps == [.send(Bytes("C".utf8)), .receive])
    }

    @Test(
        "what is wrong about a server is named with its line",
        arguments: [
            ("server: { transport: \"sctp\" }", 2, "unix-datagram"),
            ("server: { endSignal: \"STOP\" }", 2, "TERM"),
            ("server: { port: 80 }", 2, "samples"),
            ("server: { samples: [{ transport: \"tpc\", messages: [] }] }", 2, "unix-datagram"),
            ("server: { samples: [{ transport: \"tcp\", message: \"a\" }] }", 2, "messages"),
            ("server: { samples: [\"a\\u0000b\"] }", 2, "{ hex: \"00 0a\" }"),
            ("server: { samples: [[7]] }", 2, "must be strings, { hex: … }"),
            ("server: { samples: [{ hex: \"0\" }] }", 2, "pairs of hexadecimal digits"),
            ("server: { samples: [{ octal: \"0\" }] }", 2, "hex"),
            ("files: { a: { from: \"missing\" } }", 2, "missing"),
            ("files: { a: { text: \"\", mode: \"9\" } }", 2, "octal"),
        ])
    func serverRefusals(field: String, line: Int, words: String) throws {
        let error = try refusal("{ program: \"ls\",\n  \(field)\n}")
        #expect(error?.line == line)
        #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }

    @Test(
        "files come from the harness's folder, and from elsewhere only where that is exposed",
        arguments: ["/etc/passwd", "../beside", "link"])
    func foreignFiles(name: String) throws {
        let inner = folder.path + "/inner"
        try FileManager.default.createDirectory(
            atPath: inner, withIntermediateDirectories: true)
        try folder.file("beside", "text".utf8)
        try FileManager.default.createSymbolicLink(
            atPath: inner + "/link", withDestinationPath: "../beside")
        let exposed = name == "link" ? "../beside" : name
        let write = { (expose: String) throws -> Void in
            _ = try folder.file(
                "inner/harness.json5",
                "{ program: 'ls', files: { a: { from: '\(name)' } }, \(expose) }".utf8)
        }
        try write("")
        let error = #expect(throws: HarnessError.self) { try Harness.load(inner) }
        #expect(error?.problem.contains("not in the harness's folder") == true)
        try write("expose: ['\(exposed)']")
        let harness = try Harness.load(inner)
        #expect(harness.base.files.count == 1)
        #expect(harness.asked.count == 1)
    }

    @Test("sockets and FIFOs cannot be exposed, nor what is not there")
    func exposed() throws {
        try #require(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
        for (path, word) in [("pipe", "a FIFO"), ("/nothing/here", "nothing is at")] {
            let error = try refusal("{ program: 'ls', expose: ['\(path)'] }")
            #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")")
        }
    }
}
