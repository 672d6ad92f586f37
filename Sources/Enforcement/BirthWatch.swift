internal import CLinux
internal import Glibc
internal import Syscalls

/// Who is making tasks at the moment.
///
/// The kernel announces each new task, unless its maker asks that it is not. `clone` is kept from that by
/// the filters; what `clone3` asks for lies in memory that another thread can change, so that its
/// outcome is looked at.
struct BirthWatch {
    /// By task that is in a call which makes one: whether that was announced.
    private var announced: [Int32: Bool] = [:]
    /// Tasks that wait in vfork(2) for their child: they do not stop, and run nothing.
    private var suspended: Set<Int32> = []

    /// A task has stopped, or is gone.
    mutating func note(_ stop: clinux_stop) {
        suspended.remove(stop.task)
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SYSCALL_ENTRY):
            let number = SyscallNumber(rawValue: UInt32(truncatingIfNeeded: stop.number))
            announced[stop.task] = number == .clone3 ? false : nil
        case Int(CLINUX_STOP_VFORK):
            suspended.insert(stop.task)
            announced[stop.task] = nil
        case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_CLONE), Int(CLINUX_STOP_EXEC),
            Int(CLINUX_STOP_EXITED), Int(CLINUX_STOP_KILLED):
            announced[stop.task] = nil
        default: break
        }
    }

    func isSuspended(_ task: Int32) -> Bool { suspended.contains(task) }

    /// The task that the call which is left here has made without a word.
    mutating func stranger(at exit: clinux_stop) -> Int32? {
        guard announced.removeValue(forKey: exit.task) != nil, exit.result > 0 else { return nil }
        return Int32(truncatingIfNeeded: exit.result)
    }
}
