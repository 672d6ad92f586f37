import Foundation
import Phasing
import Syscalls
import Testing
import Traces

@testable import Policies

/// Names that are made to end the comments of an exported file, or to leave its folder.
@Suite struct HostileNameTests {
    private static let names = [
        "/tmp/a */ int x; /*", "/tmp/a\n[Service]\nSystemCallFilter=~@all", "/tmp/a\\", "/tmp/a??/",
        "/tmp/a\r\n# x", "/tmp/\u{2028}b\u{85}c", "/tmp/\u{202e}gnp", "/tmp/\u{1b}[31m", "/..",
        "/-rf",
    ]

    private static func policy(_ name: String) throws -> Policy {
        try Policy(
            target: Policy.Target(path: name, sha256: name),
            basis: Policy.Basis(
                architecture: name, kernel: name, library: name, tool: name, reservations: [name]),
            model: .commandLine,
            observations: ["read", "write", "exit_group"].map {
                PolicyFixture.observation($0, witness: name)
            }, staticSet: nil, options: Policy.Options())
    }

    @Test("every line of an export is one of its language", arguments: names)
    func lines(name: String) throws {
        let policy = try Self.policy(name)
        for (format, marks) in [
            (ExportFormat.systemd, ["#", "[Service]", "NoNew", "SystemCall"]),
            (.firejail, ["#", "nonewprivs", "seccomp"]),
            (.minijail, ["#"] + (0...9).map { "\($0)" }),
            (.kafel, ["//", "POLICY fathom {", "  ", "}", "USE fathom"]),
        ] {
            for file in try policy.export(format) {
                let text = String(decoding: file.bytes, as: UTF8.self)
                // Whatever a consumer takes for the end of a line.
                for line in text.split(whereSeparator: \.isNewline) {
                    #expect(marks.contains { line.hasPrefix($0) }, "\(format) \(line)")
                    #expect(!line.hasSuffix("\\") && !line.hasSuffix("??/"), "\(format) \(line)")
                }
                #expect(!text.contains("\nSystemCallFilter=~"))
            }
        }
    }

    @Test("a name does not end the comment of a C header", arguments: names)
    func header(name: String) throws {
        for file in try Self.policy(name).export(.header) {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(text.components(separatedBy: "*/").count == 2)
            #expect(text.components(separatedBy: "/*").count == 2)
            #expect(!text.contains("??/"))
        }
    }

    @Test("nothing hidden stands in an export, nor in its file's name", arguments: names)
    func hidden(name: String) throws {
        for format in ExportFormat.allCases where format != .bpf {
            for file in try Self.policy(name).export(format) {
                for text in [file.name, String(decoding: file.bytes, as: UTF8.self)] {
                    let scalars = text.unicodeScalars.filter { $0 != "\n" }
                    #expect(
                        scalars.allSatisfy {
                            ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                                $0.properties.generalCategory)
                        })
                }
                #expect(!file.name.contains("/") && !file.name.contains("\n"))
                #expect(!file.name.hasPrefix(".") && !file.name.hasPrefix("-"))
            }
        }
    }

    @Test("a policy with such names means the same when it is read again", arguments: names)
    func canonical(name: String) throws {
        let policy = try Self.policy(name)
        #expect(try Policy(canonicalBytes: policy.canonicalBytes) == policy)
    }

    @Test("a call of the 32-bit table is judged as denied")
    func gate() throws {
        let policy = try Self.policy("/tmp/a")
        let call = PolicyFixture.observation("i386:getpid")
        #expect(call.syscall.isCompatibility)
        #expect(policy.denied(of: [call]).map(\.syscall.name) == ["i386:getpid"])
    }
}
