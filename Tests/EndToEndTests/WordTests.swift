import Foundation
import TestSupport
import Testing

/// What a command is given reaches it as it was given, byte by byte.
@Suite("Words of any bytes", .timeLimit(.minutes(10)))
struct WordTests {
    /// Runs a script of a shell with fathom, a folder and a program that shows what it has.
    private func run(_ script: String) throws -> Subprocess {
        let folder = try TemporaryFolder()
        return try Subprocess.run([
            "timeout", "-s", "KILL", "120", "sh", "-c",
            "cd \"$1\"; program=$3; bytes=$(printf 'a\\377\\303b\\364\\217\\272\\200c'); " + script,
            "sh",
            folder.path, try FathomBinary.path(), try TestProgram.build("shows-bytes"),
        ])
    }

    /// `a`, bytes that are no UTF-8, `b`, a character of the last private plane, `c`.
    private static let expected = "61ffc362f48fba8063"

    @Test("trace and enforce pass arguments and variables on")
    func commandLine() throws {
        let run = try run(
            """
            set -- "$1" "$2" "$3" env "N$bytes=v$bytes" "$2"
            shift 3
            "$@" trace --policy p.json -o /dev/null -- "$program" "$bytes" ""
            "$@" enforce p.json -- "$program" "$bytes" ""
            "$@" enforce p.json -- env "M$bytes=$bytes" "$program" "$bytes" ""
            """)
        let shown = run.output.split(separator: "\n")
        #expect(
            shown.filter { $0 == "argument 1 \(Self.expected)" }.count == 3,
            "\(run.output) \(run.errors)")
        #expect(shown.filter { $0 == "argument 2 " }.count == 3)
        #expect(
            shown.filter { $0 == "variable 4e\(Self.expected)3d76\(Self.expected)" }.count == 3)
        #expect(shown.contains("variable 4d\(Self.expected)3d\(Self.expected)"))
    }

    @Test("a program may be named by any bytes, by its path and along PATH")
    func programs() throws {
        let run = try run(
            """
            mkdir "d$bytes"; cp "$3" "d$bytes/$bytes"
            "$2" trace --policy p.json -o /dev/null -- "d$bytes/$bytes"
            "$2" enforce p.json -- "d$bytes/$bytes"
            PATH="$PWD/d$bytes:$PATH" "$2" enforce p.json -- "$bytes"
            """)
        let lines = run.output.split(separator: "\n").filter { $0.hasPrefix("argument 0") }
        let name = Self.expected
        #expect(
            lines == [
                "argument 0 64\(name)2f\(name)", "argument 0 64\(name)2f\(name)",
                "argument 0 \(name)",
            ], "\(run.output) \(run.errors)")
    }

    @Test("fuzz begins with the arguments as they are", .enabled(if: Account.own.isUsable))
    func fuzzing() throws {
        let run = try run(
            """
            "$2" fuzz -c c.campaign -n 1 -- "$3" "$bytes" >/dev/null
            "$2" corpus export c.campaign out >/dev/null
            grep -c 'arg.*\\\\xff\\\\xc3b' c.campaign/corpus/*/test-case* out/*/* | grep -c ':1' || :
            """)
        #expect(!run.output.hasPrefix("0"), "\(run.output) \(run.errors)")
    }

    @Test("names of our own files are text, and refused where they are not")
    func ownNames() throws {
        let run = try run(
            """
            "$2" fuzz -c "$bytes" -n 1 -- true; echo $?
            "$2" trace -o "$bytes" -- true; echo $?
            "$2" enforce "$bytes" -- true; echo $?
            "$2" status "$bytes"; echo $?
            ls
            """)
        #expect(run.output == "2\n2\n2\n2\n", "\(run.output)")
        #expect(run.errors.components(separatedBy: "no UTF-8").count == 5, "\(run.errors)")
    }
}
