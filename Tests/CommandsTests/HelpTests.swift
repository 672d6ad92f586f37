import Testing
import Texts

@testable import Commands

@Suite struct HelpTests {
    private static let names = Fathom.commands.map { $0.name }

    private static func help(_ name: String) throws -> String {
        try #require(Fathom.commands.first { $0.name == name }).helpText.text
    }

    @Test("no line of a command's help is wider than 80 columns", arguments: names)
    func width(name: String) throws {
        for line in try Self.help(name).split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test("a command's help begins with its usage and says what it does", arguments: names)
    func head(name: String) throws {
        let command = try #require(Fathom.commands.first { $0.name == name })
        #expect(command.helpText.text.hasPrefix("usage: fathom \(name) "))
        #expect(command.helpText.text.contains(command.summary))
        #expect(command.summary.hasSuffix("."))
    }

    @Test("the list of commands fits 80 columns and leaves hidden ones out")
    func list() {
        for line in Fathom.help.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(!Fathom.help.text.contains("\n  worker"))
        #expect(Fathom.help.text.contains("\n  reached"))
    }

    @Test("the commands are all that the design names so far, each once")
    func commands() {
        #expect(
            Self.names == [
                "fuzz", "harness", "status", "reached", "why", "export", "enforce", "diff",
                "check", "replay", "report", "trace", "extract",
                "corpus", "doctor", "worker",
            ])
    }

    @Test("an option's help is shown with its short name and its value")
    func option() throws {
        #expect(try Self.help("export").contains("-f, --format F"))
    }
}
