internal import Foundation
internal import Platform
internal import TestCases

/// A harness for a command line that nobody has described, as it was typed in some folder.
extension Harness {
    /// Finds out what the words mean to run, and what of the folder in which they were typed it
    /// needs: throws a sentence where that leads nowhere.
    ///
    /// A program that is typed by a relative name, or whose interpreter is given one, belongs to the
    /// folder, see ``ProjectFolder``. Other commands get the files that their words name.
    package static func forCommand(_ words: [String]) throws -> Harness {
        let folder = SmallFile.resolve(".") ?? "/"
        // Above the folder in which a target starts there is nothing of the caller's.
        let words = words.map { Self.absolute($0, above: folder) }
        let home = Environment["HOME"]
        let project = ProjectFolder(folder, home: home)
        let isShown = { (name: String) in
            project != nil && isRelative(name) && FileKind(of: folder + "/" + name) == .regular
        }
        let command = try ResolvedCommand(words, isShown: isShown) { script in
            try ShimProbe.destination(of: script, project: project)
        }
        guard !command.program.holdsOtherBytes else {
            throw TargetError(
                "cannot fuzz \(command.program): campaigns name a program by text, and its path is "
                    + "no UTF-8; give it another name, or a link with one")
        }
        var base = TestCase()
        base.arguments = command.arguments.map(\.wordBytes)
        base.environment = plainEnvironment
        for (name, value) in command.variables { base.set(name, to: value) }
        if let host = HostFolder(folder) { base.files = host.files(namedBy: base.arguments) }
        let script =
            ResolvedCommand.script(namedBy: command.prefix, in: folder) ?? command.script
        let named = (script ?? command.program).split(separator: "/").last.map(String.init)
        var harness = Harness(name: named ?? "target", program: command.program, base: base)
        harness.prefix = command.prefix.map(\.wordBytes)
        harness.script = script
        let isOfFolder =
            isShown(words[0]) || command.prefix.contains { Self.mayName($0, in: folder) }
            || script?.hasPrefix(folder + "/") == true
        if isOfFolder, var project {
            project.leave(base.files)
            harness.project = project
        }
        harness.exposed = (command.prefix + command.arguments).flatMap(absolutePaths)
        return harness
    }

    /// The same harness with the program that its own leads to, where that is a script for env or
    /// stands for another.
    package func led() throws -> Harness {
        let command = try ResolvedCommand([program], isShown: { _ in false }) { script in
            try ShimProbe.destination(of: script, project: project)
        }
        var harness = self
        harness.script = script ?? command.script
        guard command.program != program else { return harness }
        harness.program = command.program
        harness.prefix = command.prefix.map(\.wordBytes) + prefix
        return harness
    }

    /// The word with the names in it that lead to something above the folder, as absolute paths; of a
    /// list such as a class path, and of what stands behind an equals sign, each.
    static func absolute(_ word: String, above folder: String) -> String {
        guard word.contains("..") else { return word }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[parts.count - 1].split(separator: ":", omittingEmptySubsequences: false)
        let paths = names.map { name -> String in
            let steps = name.split(separator: "/").map(String.init)
            // A whole folder above is more than a target is to see. The last name may be a link that
            // a program goes by.
            guard steps.first == "..", !name.hasPrefix("/"), let last = steps.last, last != "..",
                FileKind(of: folder + "/" + name) != nil,
                let above = SmallFile.resolve(([folder] + steps.dropLast()).joined(separator: "/"))
            else { return String(name) }
            return (above == "/" ? "" : above) + "/" + last
        }
        return parts.dropLast().map { $0 + "=" }.joined() + paths.joined(separator: ":")
    }

    private static func isRelative(_ name: String) -> Bool {
        name.contains("/") && !name.hasPrefix("/") && !name.hasPrefix("../")
    }

    /// Whether a fixed word, or what stands behind its equals sign, is there in the folder.
    private static func mayName(_ word: String, in folder: String) -> Bool {
        let names = [word] + word.split(separator: "=").dropFirst().map(String.init)
        return names.contains { name in
            !name.isEmpty && !name.hasPrefix("/") && FileKind(of: folder + "/" + name) != nil
        }
    }

    /// What a word names by its absolute path; of a list such as a class path, each.
    private static func absolutePaths(_ word: String) -> [String] {
        let value = word.split(separator: "=", maxSplits: 1).last.map(String.init) ?? word
        return value.split(separator: ":").map(String.init).filter {
            $0.hasPrefix("/") && $0.count > 1 && !$0.holdsOtherBytes && FileKind(of: $0) != nil
        }
    }
}

extension TestCase {
    fileprivate mutating func set(_ name: String, to value: String) {
        let name = name.wordBytes
        environment.removeAll { $0.name == name }
        environment.append(.init(name: name, value: value.wordBytes))
    }
}
