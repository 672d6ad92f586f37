internal import Syscalls

/// A system call that a person names.
enum SyscallOperand {
    /// The call of the name; for an unknown one the sentence offers the nearest.
    static func parse(_ name: String) throws(UsageError) -> SyscallNumber {
        if let number = SyscallNumber(name: name) { return number }
        let names = SyscallNumber.table.map { "\($0.name)" }
        let hint =
            Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" }
            ?? "; names are those of the kernel, such as openat"
        throw UsageError("no system call is named \(name)\(hint)")
    }
}
