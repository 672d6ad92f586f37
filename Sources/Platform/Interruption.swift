internal import CLinux

/// What the terminal's and the system's requests to end do to this process.
package enum Interruption {
    private static let signals: [Int32] = [1, 2, 15]

    /// Lets a traced command receive Ctrl-C alone: its end is what this process waits for.
    package static func ignore() throws(SystemError) {
        for signal in [Int32(2), 3] {
            try SystemError.check(clinux_ignore_signal(signal), "ignore signal \(signal)")
        }
    }

    /// Counts the requests instead of dying, so that a loop can end in order.
    package static func catchRequests() throws(SystemError) {
        for signal in signals {
            try SystemError.check(clinux_catch_signal(signal), "catch signal \(signal)")
        }
    }

    /// Whether the end has been requested since ``catchRequests()``.
    package static var isRequested: Bool { clinux_caught_signals() > 0 }
}
