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

    /// Leaves the terminal's requests to the command that this process waits for; it lives on to
    /// see that end.
    package static func leaveToCommand() throws(SystemError) {
        for signal in [SIGINT, SIGQUIT] {
            try SystemError.check(clinux_catch_signal(signal), "catch signal \(signal)")
        }
    }

    /// Whether the end has been requested since they are caught.
    package static var isRequested: Bool { clinux_caught_signals() > 0 }
}
