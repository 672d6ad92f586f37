internal import Foundation
internal import Glibc

/// A command that runs beside the test, in a process group of its own; the group is killed when
/// the value goes.
package struct RunningCommand: ~Copyable {
    /// The process, whose id is its group's as well.
    package let process: Int32
    private let folder: TemporaryFolder
    /// As waitpid(2) gives it, once the process is reaped.
    private var rawStatus: Int32?

    /// How often what is waited for is looked at.
    private static let pace: UInt32 = 5_000

    /// Starts a command along `PATH`, with standard input from the null device.
    package static func start(
        _ command: [String], environment: [String: String] = [:]
    ) throws -> RunningCommand {
        let folder = try TemporaryFolder()
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let process = try Subprocess.spawn(
            command, environment: variables, output: folder.path + "/output",
            errors: folder.path + "/errors", leadsGroup: true)
        return RunningCommand(process: process, folder: folder)
    }

    private init(process: Int32, folder: consuming TemporaryFolder) {
        self.process = process
        self.folder = folder
    }

    deinit {
        kill(-process, SIGKILL)
        if rawStatus == nil {
            var status: Int32 = 0
            while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }

    package func send(_ signal: Int32) {
        kill(process, signal)
    }

    /// What it has written to standard error so far.
    package var errors: String { (try? text("errors")) ?? "" }

    /// Whether it has come to its end.
    package mutating func hasEnded() -> Bool {
        guard rawStatus == nil else { return true }
        var status: Int32 = 0
        guard unsafe waitpid(process, &status, WNOHANG) == process else { return false }
        rawStatus = status
        return true
    }

    /// Waits for the end; throws when it has not come by then.
    package mutating func finish(within limit: Duration = .seconds(120)) throws -> Subprocess {
        let deadline = ContinuousClock.now + limit
        while !hasEnded() {
            guard ContinuousClock.now < deadline else {
                throw TestSupportError("process \(process) still runs after \(limit): \(errors)")
            }
            usleep(Self.pace)
        }
        return Subprocess(
            status: Subprocess.status(rawStatus ?? 0), output: try text("output"), errors: errors)
    }

    private func text(_ name: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(filePath: folder.path + "/" + name)), as: UTF8.self)
    }

    /// Looks again and again until the condition holds; false when it does not in time.
    package static func poll(
        within limit: Duration = .seconds(60), until condition: () throws -> Bool
    ) rethrows -> Bool {
        let deadline = ContinuousClock.now + limit
        while try !condition() {
            guard ContinuousClock.now < deadline else { return false }
            usleep(pace)
        }
        return true
    }
}
