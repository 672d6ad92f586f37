import Foundation
import Testing

/// Nothing reaches a terminal but through the one type that escapes.
@Suite("Output")
struct OutputTests {
    /// The file that writes, and what may write to files of its own.
    private static let writers: Set<String> = ["Commands/Terminal.swift"]

    /// What would print past it. A call of `terminal.print` takes shown text alone.
    private static let patterns = [
        #"(?<![.\w])(print|debugPrint|dump|putchar|puts|fputs|fprintf|vprintf|perror|NSLog)\("#,
        #"FileHandle\.standard(Error|Output)"#, #"\bstd(err|out)\b"#, #"\bSTD(ERR|OUT)_FILENO\b"#,
        #"\bwrite\((1|2),"#,
    ]

    /// What of a line's code, its string literals left out, would print.
    private static func matches(_ line: String) throws -> [String] {
        let text = line.replacingOccurrences(
            of: #""(\\.|[^"\\])*""#, with: "", options: .regularExpression)
        return try patterns.flatMap { pattern in
            let expression = try NSRegularExpression(pattern: pattern)
            let range = NSRange(text.startIndex..., in: text)
            return expression.matches(in: text, range: range).compactMap {
                Range($0.range, in: text).map { String(text[$0]) }
            }
        }
    }

    @Test("no source prints but the terminal's")
    func sources() throws {
        let folder = ArchitectureTests.root.appendingPathComponent("Sources")
        var count = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        where [".swift", ".c", ".h"].contains(where: path.hasSuffix) {
            guard !Self.writers.contains(path) else { continue }
            count += 1
            let text = try String(
                contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            for (index, line) in text.split(
                separator: "\n", omittingEmptySubsequences: false
            ).enumerated() {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard !code.hasPrefix("//"), !code.hasPrefix("*"), !code.hasPrefix("func print")
                else { continue }
                #expect(try Self.matches(String(line)) == [], "Sources/\(path):\(index + 1)")
            }
        }
        #expect(count > 300)
    }

    @Test("the terminal takes shown text, and bytes only to pass them on")
    func terminal() throws {
        let file = ArchitectureTests.root.appendingPathComponent("Sources/Commands/Terminal.swift")
        let text = try String(contentsOf: file, encoding: .utf8)
        let functions = text.split(separator: "\n").filter { $0.contains("func ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
        let taking = functions.filter { $0.contains("String") }
        #expect(taking == [], "a function of the terminal takes plain text")
        #expect(functions.contains { $0.hasPrefix("func print(_ text: ShownText") })
    }

    @Test("the rule finds what it is there for")
    func patterns() throws {
        for line in [
            "print(name)", "        print(\"x\")", "FileHandle.standardError.write(data)",
            "fputs(text, stderr)", "perror(path);", "dump(value)", "write(2, text, size);",
        ] {
            #expect(try !Self.matches(line).isEmpty, "\(line)")
        }
        for line in [
            "terminal.print(\"x\")", "snprintf(path, size)", "file.write(2)", "path = \"stdout\"",
        ] {
            #expect(try Self.matches(line).isEmpty, "\(line)")
        }
    }
}
