extension SyscallNumber {
    /// The call of the 64-bit table that does the same, for what has to be recognised whichever way
    /// a program makes it; itself where there is none, or where it is of that table.
    ///
    /// Arguments stand in the same order wherever the names are the same, but for those that the
    /// 32-bit table splits in two.
    package var counterpart: SyscallNumber {
        if isX32 {
            let raw = rawValue & ~(1 << 30)
            let index = Int(raw) - 512
            guard Self.ofX32Alone.indices.contains(index) else {
                return SyscallNumber(rawValue: raw)
            }
            return SyscallNumber(name: Self.ofX32Alone[index]) ?? self
        }
        guard isCompatibility else { return self }
        let plain = String(name.dropFirst(Self.compatibilityPrefix.count))
        // Times of 64 bits are what the other table always has.
        let older = plain.hasSuffix("64") ? String(plain.dropLast(2)) : plain
        return Self.named(plain) ?? Self.named(older) ?? self
    }

    private static func named(_ name: String) -> SyscallNumber? {
        SyscallNumber(name: name).flatMap { $0.isNamed ? $0 : nil }
    }

    /// From 512 on the x32 table has numbers of its own, see arch/x86/entry/syscalls/syscall_64.tbl.
    private static let ofX32Alone = [
        "rt_sigaction", "rt_sigreturn", "ioctl", "readv", "writev", "recvfrom", "sendmsg",
        "recvmsg",
        "execve", "ptrace", "rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "sigaltstack",
        "timer_create", "mq_notify", "kexec_load", "waitid", "set_robust_list", "get_robust_list",
        "vmsplice", "move_pages", "preadv", "pwritev", "rt_tgsigqueueinfo", "recvmmsg", "sendmmsg",
        "process_vm_readv", "process_vm_writev", "setsockopt", "getsockopt", "io_setup",
        "io_submit",
        "execveat", "preadv2", "pwritev2",
    ]
}
