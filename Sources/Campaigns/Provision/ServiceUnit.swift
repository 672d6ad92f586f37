internal import Foundation
internal import Platform
internal import Sandboxing
internal import TestCases

/// A unit of the machine that runs a program as a service.
package struct ServiceUnit: Sendable, Hashable {
    /// Such as `nginx.service`.
    package var name: String
    /// The account that its processes start as; nil for root.
    package var account: String?
    /// The group that they start with, where it is not the account's own, and those besides.
    var group: String?
    var otherGroups: [String]
    /// Set for them.
    var environment: [TestCase.Variable]

    private static let folders = [
        "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]

    /// The unit that executes the file, if there is one: of several the one whose command line has
    /// most words of this one. One of the program's name does where none executes it: many are
    /// started by a script.
    static func running(_ program: String, _ arguments: [Bytes]) -> ServiceUnit? {
        let own = (program.split(separator: "/").last.map(String.init) ?? program) + ".service"
        let program = SmallFile.resolve(program) ?? program
        var best: (unit: ServiceUnit, common: Int)?
        for folder in folders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where name.hasSuffix(".service") {
                guard let text = try? SmallFile.text(folder + "/" + name) else { continue }
                let file = UnitFile(text)
                let given = Set(arguments.map { String(decoding: $0, as: UTF8.self) })
                let line = commandLine(of: file, executing: program)
                let common = line.map { given.intersection($0).count } ?? (name == own ? -1 : -2)
                guard common > best?.common ?? -2 else { continue }
                best = (ServiceUnit(name, file), common)
            }
        }
        return best?.unit
    }

    private init(_ name: String, _ file: UnitFile) {
        self.name = name
        let user = file.last("User")
        account = user == "root" || file.isPrivileged ? nil : user
        group = file.last("Group")
        otherGroups = file.words("SupplementaryGroups")
        environment = []
        for path in file.words("EnvironmentFile") where path.hasPrefix("/") {
            let text = (try? SmallFile.text(path)) ?? ""
            environment += ShellVariables.assignments(in: text)
        }
        for value in file.values("Environment") {
            environment += ShellVariables.words(of: value).compactMap(ShellVariables.assignment)
        }
    }

    /// The words of the first command that executes the file, itself or behind a shell.
    private static func commandLine(
        of file: UnitFile, executing program: String
    ) -> [String]? {
        for command in file.values("ExecStart") {
            let words = ShellVariables.words(of: command).flatMap {
                $0.split(whereSeparator: { " ;&|\"'".contains($0) }).map(String.init)
            }
            if words.contains(where: { isSame($0, program) }) { return words }
        }
        return nil
    }

    private static func isSame(_ word: String, _ program: String) -> Bool {
        guard word.hasPrefix("/") else { return false }
        return word == program || SmallFile.resolve(word) == program
    }
}
