internal import CLinux
internal import Glibc

/// What the terminal's and the system's requests to end do to this process.
package enum Interruption {
    /// Counts the requests instead of dying, so that a loop can end in order.
    ///
    /// Programs started later are not affected; a request that was ignored stays ignored.
    package static func catchRequests() throws(SystemError) {
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE] {
            try SystemError.check(clinux_catch_signal(signal), "catch signal \(signal)")
        }
    }

    /// Has one command stand in this process's place while the body starts it and waits for it.
    ///
    /// Requests to end are the command's. It has a process group of its own, so that what it sends
    /// to that group does not end this process, and the terminal where this process has it; in a
    /// pipeline it stays with the others.
    package static func leavingToCommand<Result>(_ body: () throws -> Result) throws -> Result {
        try SystemError.check(clinux_begin_job(), "leave signals to the command")
        defer { clinux_end_job() }
        return try body()
    }

    /// Whether the end has been requested since they are caught.
    package static var isRequested: Bool { clinux_caught_signals() > 0 }
}
