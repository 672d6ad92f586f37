internal import Foundation
internal import Glibc

/// A command that runs to its end, waited for by the thread that started it.
///
/// A trace session claims every child of its thread; one that is started and reaped within a
/// synchronous call can never be among them.
package struct Subprocess: Sendable {
    /// The exit status, or 256 plus the number of the signal that killed it.
    package let status: Int32
    package let output: String
    package let errors: String

    /// Runs a command along `PATH` with standard input from the null device.
    ///
    /// - Parameter capturing: whether to collect what it writes, or have it write to the null
    ///   device as well.
    package static func run(
        _ command: [String], environment: [String: String]? = nil, capturing: Bool = true
    ) throws -> Subprocess {
        let folder = try TemporaryFolder()
        let paths = capturing ? [folder.path + "/output", folder.path + "/errors"] : []
        let process = try spawn(
            command, environment: environment ?? ProcessInfo.processInfo.environment,
            output: paths.first, errors: paths.last, leadsGroup: false)
        let status = try wait(for: process)
        return Subprocess(
            status: status, output: try paths.first.map(text) ?? "",
            errors: try paths.last.map(text) ?? "")
    }

    /// Starts a command along `PATH` without waiting for it; returns its process id.
    ///
    /// - Parameter output: the file for standard output, nil for the null device.
    /// - Parameter leadsGroup: whether it gets a process group of its own.
    static func spawn(
        _ command: [String], environment: [String: String], output: String?, errors: String?,
        leadsGroup: Bool
    ) throws -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (number, path) in [(1, output), (2, errors)] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, Int32(number), path ?? "/dev/null",
                path == nil ? O_WRONLY : O_WRONLY | O_CREAT, 0o600)
        }
        // Threads of a pool block signals, which commands must not inherit.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var unblocked = sigset_t()
        unsafe sigemptyset(&unblocked)
        unsafe posix_spawnattr_setsigmask(&attributes, &unblocked)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var process: pid_t = 0
        let error = unsafe withStrings(command) { arguments in
            unsafe withStrings(environment.map { "\($0)=\($1)" }.sorted()) { environment in
                unsafe posix_spawnp(
                    &process, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard error == 0 else {
            throw TestSupportError("cannot start \(command[0]): error \(error)")
        }
        return process
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    private static func wait(for process: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else {
                throw TestSupportError("cannot wait for process \(process): error \(errno)")
            }
        }
        return Self.status(status)
    }

    /// The exit status, or 256 plus the signal, of what waitpid(2) gives.
    static func status(_ raw: Int32) -> Int32 {
        raw & 0x7f == 0 ? raw >> 8 & 0xff : 256 + raw & 0x7f
    }

    private static func withStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
            return unsafe body(base)
        }
    }
}
