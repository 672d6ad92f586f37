package import TestCases

/// A line of shell, taken apart as far as it can be understood without running it: pipelines of
/// simple commands, their words with quotes and escapes resolved, their redirections.
///
/// Works on bytes, so that names of any encoding stay what they are. Reads anything; nothing is
/// ever expanded, and what the shell would expand is marked.
package struct ShellLine: Hashable, Sendable {
    /// Commands joined by `|`.
    package var pipelines: [[Command]] = []

    /// How quotes and operators are meant.
    package enum Dialect: Sendable {
        /// As people type it.
        case typed
        /// As `sh -x` shows it: words after expansion, quoted where the shell quotes, without
        /// operators.
        case traced
    }

    /// One word, after quotes and escapes are gone.
    package struct Word: Hashable, Sendable {
        package var bytes: Bytes = []
        /// Whether the shell would have put something else in its place: a variable, a command's
        /// output, file names, a home folder.
        package var isExpanded = false
        /// Whether any of it was quoted; then it is no keyword and no assignment's name.
        var isQuoted = false
        /// Bytes before the first that was quoted.
        var plainPrefix = 0
    }

    package struct Redirection: Hashable, Sendable {
        package enum Kind: Sendable {
            case input, hereString, hereDocument
            /// Output, and copies of descriptors.
            case other
        }

        package var kind: Kind
        package var descriptor: Int
        package var word: Word
    }

    /// A simple command.
    package struct Command: Hashable, Sendable {
        package var words: [Word] = []
        package var redirections: [Redirection] = []

        var isEmpty: Bool { words.isEmpty && redirections.isEmpty }
    }

    /// Why a line could not be taken apart.
    package enum Problem: Error, Sendable {
        /// A quote, a bracket or a substitution without its end.
        case unclosed
        /// More words or commands than any test case holds.
        case tooLong
    }

    /// More words of one command than this are nothing that a test case could hold.
    private static let wordLimit = 4_096
    private static let commandLimit = 1_024

    package init(_ line: Bytes, _ dialect: Dialect) throws(Problem) {
        var scanner = ShellScanner(line, dialect)
        var pipeline: [Command] = []
        var command = Command()
        func close() {
            if !command.isEmpty { pipeline.append(command) }
            command = Command()
        }
        while let token = try scanner.next() {
            switch token {
            case .word(let word): command.words.append(word)
            case .redirection(let kind, let descriptor):
                guard case .word(let word)? = try scanner.next() else { throw .unclosed }
                command.redirections.append(
                    Redirection(kind: kind, descriptor: descriptor, word: word))
            case .pipe:
                // What a pipe leads from counts even if nothing is known of it.
                if command.isEmpty { command.words.append(Word(isExpanded: true)) }
                close()
            case .separator:
                close()
                if !pipeline.isEmpty { pipelines.append(pipeline) }
                pipeline = []
            }
            guard command.words.count <= Self.wordLimit, pipelines.count <= Self.commandLimit,
                pipeline.count <= Self.commandLimit, command.redirections.count <= Self.wordLimit
            else { throw .tooLong }
        }
        close()
        if !pipeline.isEmpty { pipelines.append(pipeline) }
    }
}
