/// The names of the signals that have one, see signal(7).
enum SignalName {
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// Such as `SIGKILL`; `signal 34` for one without a name.
    static func of(_ number: Int32) -> String {
        let index = Int(number) - 1
        return names.indices.contains(index) ? "SIG" + names[index] : "signal \(number)"
    }
}
