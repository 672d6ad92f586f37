package import Syscalls

/// What is concluded about one system call from holding both sets against each other.
package enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
    /// Observed at an instruction that the extractor names for it.
    case confirmed
    /// In both sets, but observed at other instructions only.
    case confirmedElsewhere = "confirmed elsewhere"
    /// In the static set, never observed, nothing known against it.
    case frontier
    /// In the static set, never observed, reachable only under a named condition.
    case gated
    /// In the static set, never observed, reachable only by guessing that an address that is
    /// taken somewhere is called from anywhere.
    case unproven
    /// Observed, but the extractor does not have it.
    case missed
    /// Observed, but made by the kernel or the tracer rather than by an instruction of the
    /// program: not in the static set, or the `execve` of the launch and no other.
    case kernelMade = "kernel-made"
}

/// Calls that can appear in a trace although no code of the program asks for them.
///
/// A label beside the verdict, not an excuse: where the static set has the call as well, or the
/// program makes it of its own accord, the verdict says so.
package enum KernelMadeCall: String, CaseIterable, Hashable, Sendable, Codable {
    /// `restart_syscall`: the kernel makes an interrupted call resume by it.
    case restart
    /// `rt_sigreturn`: the way back from a signal handler, through a return address that the
    /// kernel put on the stack.
    case signalReturn = "signal return"
    /// The `execve` that started the program, made before its image existed.
    case firstExecve = "first execve"

    package init?(_ syscall: SyscallNumber) {
        switch syscall {
        case .restartSyscall: self = .restart
        case .rtSigreturn: self = .signalReturn
        case .execve: self = .firstExecve
        default: return nil
        }
    }

    var sentence: String {
        switch self {
        case .restart: "The kernel makes it to resume an interrupted call."
        case .signalReturn: "A signal handler returns by it."
        case .firstExecve: "The execve that starts a program is not the program's."
        }
    }
}
