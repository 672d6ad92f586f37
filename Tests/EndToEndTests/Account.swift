import Foundation
import Glibc
import TestSupport
import Testing

/// Whom a test starts the program as.
enum Account: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// The user who runs the tests.
    case own
    /// A user without any privilege, when root runs the tests.
    case ordinary

    /// The number of `nobody`, whether or not there is such an account.
    private static let unprivileged: UInt32 = 65_534

    /// Those with which sandboxes can be made on this machine.
    static let usable: [Account] = allCases.filter(\.canFuzz)

    var isUsable: Bool { Self.usable.contains(self) }

    var testDescription: String { rawValue }

    /// The command line that does the same as this user.
    func command(_ words: [String]) -> [String] {
        guard self == .ordinary else { return words }
        let number = Self.unprivileged
        return ["setpriv", "--reuid=\(number)", "--regid=\(number)", "--clear-groups", "--"] + words
    }

    /// Gives a folder and what is in it to the user, and lets everybody enter it.
    func own(_ folder: borrowing TemporaryFolder) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for path in [folder.path] + names.map({ folder.path + "/" + $0 }) where self == .ordinary {
            guard unsafe chown(path, Self.unprivileged, Self.unprivileged) == 0 else {
                throw TestSupportError("cannot give \(path) away: error \(errno)")
            }
        }
        guard unsafe chmod(folder.path, 0o755) == 0 else {
            throw TestSupportError("cannot change the mode of \(folder.path): error \(errno)")
        }
    }

    private var canFuzz: Bool {
        guard self == .own || geteuid() == 0, let folder = try? TemporaryFolder() else {
            return false
        }
        let words = ["fuzz", "--campaign", folder.path + "/campaign", "-n", "1", "--", "true"]
        guard (try? own(folder)) != nil, let binary = try? FathomBinary.path(),
            let outcome = try? Subprocess.run(command([binary] + words))
        else { return false }
        return outcome.status == 0
    }
}

extension FathomBinary {
    /// Starts `fathom` as that user.
    static func start(_ words: [String], as account: Account = .own) throws -> RunningCommand {
        try RunningCommand.start(account.command([try path()] + words))
    }

    /// Runs `fathom` as that user to its end, which must come within two minutes.
    static func finish(_ words: [String], as account: Account = .own) throws -> Subprocess {
        var command = try start(words, as: account)
        return try command.finish()
    }
}
