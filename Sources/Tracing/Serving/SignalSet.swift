internal import Platform

/// Signals by number, 1 to 64.
package struct SignalSet: Equatable, Sendable {
    private let mask: UInt64

    init(mask: UInt64) {
        self.mask = mask
    }

    /// Those that a process has handlers for, or has blocked, as whoever reads them from a
    /// descriptor or waits for them does; nil where there is no such process.
    init?(takenBy process: Int32) {
        guard let status = try? SmallFile.text("/proc/\(process)/status") else { return nil }
        self.init(status: status)
    }

    /// From the lines SigBlk and SigCgt of proc_pid_status(5).
    package init?(status: String) {
        var mask: UInt64?
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, ["SigBlk:", "SigCgt:"].contains(parts[0]),
                let signals = UInt64(parts[1], radix: 16)
            else { continue }
            mask = (mask ?? 0) | signals
        }
        guard let mask else { return nil }
        self.init(mask: mask)
    }

    package func contains(_ signal: UInt8) -> Bool {
        (1...64).contains(signal) && mask >> UInt64(signal - 1) & 1 == 1
    }
}
