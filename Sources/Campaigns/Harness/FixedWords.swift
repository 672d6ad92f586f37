internal import Platform
internal import TestCases

/// The words of a command line that name what an interpreter runs, apart from those that change.
struct FixedWords {
    var prefix: [String]
    var arguments: [String]

    /// As a harness says; where it does not, as the program's name tells, see ``Runtime``.
    init(_ prefix: [String]?, arguments: [String], of program: String) {
        let count = prefix == nil ? Runtime(named: program)?.wordsNaming(arguments) ?? 0 : 0
        self.prefix = prefix ?? Array(arguments.prefix(count))
        self.arguments = Array(arguments.dropFirst(count))
    }

    /// Relative names are looked for in the project, or in the harness's folder; those of files that
    /// only the latter has become absolute.
    func apply(to harness: inout Harness, folder: String) {
        let home = harness.project?.path ?? folder
        harness.script = ResolvedCommand.script(namedBy: prefix, in: home)
        let shown = Set((harness.fixedFiles + harness.base.files).map(\.path))
        harness.prefix = prefix.map { word in
            let bytes = Bytes(word.utf8)
            let isFile = !word.hasPrefix("/") && FileKind(of: folder + "/" + word) == .regular
            return isFile && !shown.contains(bytes) ? Bytes((folder + "/" + word).utf8) : bytes
        }
        harness.exposed = (prefix + arguments).filter {
            $0.hasPrefix("/") && FileKind(of: $0) != nil
        }
        harness.fixed = harness.base.files.filter { harness.prefix.contains($0.path) }
        harness.base.files.removeAll { harness.prefix.contains($0.path) }
    }
}
