import Foundation
import Platform
import TestCases
import Testing

@testable import Campaigns

@Suite("What a command line means to run")
struct ResolvedCommandTests {
    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    @Test(
        "words that name what an interpreter runs are told from those of the application",
        arguments: [
            ("python3.11", "app.py --port 1", "app.py"),
            ("python3", "-W ignore -m http.server 80", "-W ignore -m http.server"),
            ("python3", "-Ic print(1) a", "-Ic print(1)"), ("python3", "-V", nil),
            ("node", "--inspect -r ./x app.js a", "--inspect -r ./x app.js"),
            ("java", "-Xmx1g -cp . Main a", "-Xmx1g -cp . Main"),
            ("java", "-jar x.jar -v", "-jar x.jar"),
            ("php", "-S 127.0.0.1:80 -t www", "-S 127.0.0.1:80 -t www"),
            ("php8.2", "x.php a", "x.php"), ("perl", "-Mstrict -we 1 a", "-Mstrict -we 1"),
            ("perl", "x.pl -e", "x.pl"), ("sh", "-e x.sh a", "-e x.sh"),
            ("bash", "-c exit\u{20}0", "-c exit"), ("deno", "run app.ts a", "run app.ts"),
            ("gunicorn", "-w 2 app:app", "-w 2 app:app"), ("flask", "--app x run", "--app x run"),
            ("diff", "a b", nil), ("cat", "app.py", nil),
        ] as [(String, String, String?)])
    func runtimes(program: String, line: String, prefix: String?) {
        let words = line.split(separator: " ").map(String.init)
        let count = Runtime(named: "/usr/bin/" + program)?.wordsNaming(words)
        #expect(count == prefix?.split(separator: " ").count)
    }

    @Test("env is followed to what it runs, with its variables")
    func environment() throws {
        let plain = try #require(EnvironmentCommand(["A=b", "-u", "X", "python3", "app.py"]))
        #expect(plain.words == ["python3", "app.py"])
        #expect(plain.removed == ["X"])
        #expect(plain.variables.map(\.name) == ["A"])
        let line = try #require(EnvironmentCommand(["-S perl -w 'a b' A\\_b"]))
        #expect(line.words == ["perl", "-w", "a b", "A b"])
        #expect(EnvironmentCommand(["-S", "A=1 x"])?.words == ["x"])
        #expect(EnvironmentCommand([]) == nil)
        #expect(EnvironmentCommand(["-C", "/", "x"]) == nil)
    }

    private func script(_ name: String, _ text: String) throws -> String {
        let path = try folder.file(name, Array(text.utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private func resolve(
        _ words: [String], isShown: @escaping (String) -> Bool = { _ in false },
        lead: ResolvedCommand.Lead = { _ in nil }
    ) throws -> ResolvedCommand {
        try ResolvedCommand(words, isShown: isShown, lead: lead)
    }

    @Test("a script for env leads to the program that env runs, its options before the script")
    func shebang() throws {
        let path = try script("tool", "#!/usr/bin/env -S perl -w\nprint 1;\n")
        let command = try resolve([path, "a"])
        #expect(command.program.hasSuffix("/perl"))
        #expect(command.prefix == ["-w", path])
        #expect(command.arguments == ["a"])
        #expect(command.script == path)
    }

    @Test("a script whose interpreter stands in its first line is left to the kernel")
    func kernel() throws {
        let path = try script("tool", "#!/usr/bin/perl -w\nprint 1;\n")
        let command = try resolve([path, "a"])
        #expect(command.program == path)
        #expect(command.prefix == [])
        #expect(command.script == path)
    }

    @Test("a script for a program that is nowhere is refused in one sentence")
    func nowhere() throws {
        let path = try script("tool", "#!/usr/bin/env no-such-program\n")
        let error = #expect(throws: TargetError.self) { try resolve([path]) }
        #expect(error?.description.contains("script for no-such-program") == true)
    }

    @Test("a module, a class and a file are found where the words say")
    func scripts() throws {
        let module = try script("app.py", "")
        #expect(ResolvedCommand.script(namedBy: ["app.py"], in: folder.path) == module)
        #expect(ResolvedCommand.script(namedBy: ["-m", "app"], in: folder.path) == module)
        #expect(ResolvedCommand.script(namedBy: ["app:make()"], in: folder.path) == module)
        #expect(ResolvedCommand.script(namedBy: ["-cp", folder.path, "app"], in: "/") == module)
        #expect(ResolvedCommand.script(namedBy: ["-m", "none"], in: folder.path) == nil)
    }

    @Test("a project's files stay what they are beside those of a test case")
    func joining() {
        func file(_ path: String, _ kind: TestCase.File.Kind) -> TestCase.File {
            TestCase.File(path: Bytes(path.utf8), kind: kind)
        }
        let fixed = [
            file("app.py", .regular([1])), file("lib", .directory), file("lib/a", .regular([])),
            file("big", .symbolicLink(target: [0x2f])),
        ]
        let own = [
            file("app.py", .regular([2])), file("lib", .regular([])), file("lib/b", .regular([])),
            file("big/x", .regular([])), file("new", .regular([3])),
        ]
        let all = fixed.joined(by: own)
        #expect(
            all.map { String(decoding: $0.path, as: UTF8.self) } == [
                "app.py", "lib", "lib/a", "big", "lib/b", "new",
            ])
        #expect(all[0].kind == .regular([1]))
    }

    @Test("a project is copied as far as it is small, else linked, and never with its secrets")
    func project() throws {
        _ = try script("app.py", "print(1)")
        let manager = FileManager.default
        for name in ["node_modules", ".ssh", "data"] {
            try manager.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: false)
        }
        _ = try folder.file("data/x", [1])
        _ = try folder.file("large", [UInt8](repeating: 7, count: 1 << 18))
        try manager.createSymbolicLink(
            atPath: folder.path + "/elsewhere", withDestinationPath: "/etc/passwd")
        let project = try #require(ProjectFolder(folder.path, home: nil))
        let kinds = Dictionary(
            uniqueKeysWithValues: project.files.map {
                (String(decoding: $0.path, as: UTF8.self), $0.kind)
            })
        #expect(kinds["app.py"] == .regular(Bytes("print(1)".utf8)))
        #expect(kinds["data"] == .directory)
        #expect(kinds["data/x"] == .regular([1]))
        #expect(kinds[".ssh"] == nil)
        for name in ["node_modules", "large"] {
            let place = Bytes((project.path + "/" + name).utf8)
            #expect(kinds[name] == .symbolicLink(target: place))
        }
        #expect(kinds["elsewhere"] == .symbolicLink(target: Bytes("/etc/passwd".utf8)))
        #expect(project.linked.count == 2)
        #expect(ProjectFolder(folder.path, home: folder.path) == nil)
        #expect(ProjectFolder("/etc", home: nil) == nil)
    }
}
