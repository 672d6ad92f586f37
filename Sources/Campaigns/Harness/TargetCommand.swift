internal import Platform
package import TestCases

/// A command line whose program is found, as it is started outside of a campaign.
package struct TargetCommand {
    /// The file to execute.
    package let program: String
    /// The program's name and its arguments.
    package let words: [String]
    /// The text that it runs, where that is known.
    package let script: String?
    /// Set for it, besides what it inherits.
    package let variables: [TestCase.Variable]

    /// Throws a sentence where the words lead to no program.
    package init(_ words: [String]) throws {
        let folder = SmallFile.resolve(".") ?? "/"
        let project = ProjectFolder(folder, home: nil)
        let command = try ResolvedCommand(words, isShown: { _ in false }) { script in
            try ShimProbe.destination(of: script, project: project)
        }
        program = command.program
        // As campaigns name what is run; a name that leads upward makes calls of its own.
        let prefix = command.prefix.map { Harness.absolute($0, above: folder) }
        let isTyped = command.prefix + command.arguments == Array(words.dropFirst())
        let name = isTyped ? words.first ?? program : program
        self.words = [name] + prefix + command.arguments
        script =
            ResolvedCommand.script(namedBy: command.prefix, in: folder) ?? command.script
        variables = command.variables.map {
            TestCase.Variable(name: $0.name.wordBytes, value: $0.value.wordBytes)
        }
    }
}
