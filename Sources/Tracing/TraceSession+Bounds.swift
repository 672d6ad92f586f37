internal import CLinux
internal import Glibc
internal import Platform
internal import Syscalls
internal import Traces

extension TraceSession {
    /// The bound that the live tasks exceed, if any.
    mutating func exhausted() -> Trace.Reason? {
        var cpuTime = Int64(0)
        var pages = UInt64(0)
        for index in table.processes.indices {
            if table.processes[index].liveTasks > 0 {
                let id = table.processes[index].id
                if options.cpuTime != nil {
                    table.processes[index].cpuTime = max(0, clinux_process_cpu_time(id))
                }
                if options.memory != nil { pages += Self.residentPages(id) }
            }
            cpuTime += table.processes[index].cpuTime
        }
        trace.processorTime = .nanoseconds(cpuTime)
        if let bound = options.cpuTime, .nanoseconds(cpuTime) > bound { return .cpuTime }
        if let bound = options.memory, pages * 4096 > bound { return .memory }
        return nil
    }

    /// Second field of `/proc/PID/statm`, see proc_pid_statm(5).
    private static func residentPages(_ process: Int32) -> UInt64 {
        guard let fields = try? SmallFile.text("/proc/\(process)/statm").split(separator: " "),
            fields.count > 1
        else { return 0 }
        return UInt64(fields[1]) ?? 0
    }

    /// Throws away what the target wrote to terminals.
    func drainDescriptors() {
        for descriptor in options.drainedDescriptors {
            while unsafe [UInt8](
                unsafeUninitializedCapacity: 4096,
                initializingWith: { buffer, count in
                    count = max(0, unsafe read(descriptor, buffer.baseAddress, buffer.count))
                }
            ).count > 0 {}
        }
    }

    /// Whether every live task sleeps in a call that only another task or an input could end.
    func everythingIsBlocked() -> Bool {
        table.tasks.allSatisfy { task in
            if task.isStopped { return true }
            let process = table.processes[task.process]
            if options.watch == .novelty {
                // Of calls that are let through nothing is known, but timers never are.
                guard let call = Self.blockedCall(process: process.id, task: task.id) else {
                    return false
                }
                return !Self.hasTimeout(call)
                    && Self.isAsleep(process: process.id, task: task.id)
            }
            guard let index = task.event else { return false }
            return !process.hasTimer && !Self.hasTimeout(trace.events[index])
                && Self.isAsleep(process: process.id, task: task.id)
        }
    }

    /// Whether no live task wants a processor.
    func everythingSleeps() -> Bool {
        table.tasks.allSatisfy { task in
            task.isStopped
                || Self.isAsleep(process: table.processes[task.process].id, task: task.id)
        }
    }

    static func isAsleep(process: Int32, task: Int32) -> Bool {
        clinux_task_state(process, task) == Int32(UInt8(ascii: "S"))
    }

    /// The call that a task is blocked in, see proc_pid_syscall(5).
    private static func blockedCall(process: Int32, task: Int32) -> Event? {
        guard let text = try? SmallFile.text("/proc/\(process)/task/\(task)/syscall") else {
            return nil
        }
        let fields = text.split(separator: " ")
        guard fields.count >= 7, let number = UInt32(fields[0]) else { return nil }
        var arguments = InlineArray<6, UInt64>(repeating: 0)
        for index in 0..<6 {
            arguments[index] = UInt64(fields[index + 1].dropFirst(2), radix: 16) ?? 0
        }
        return Event(
            thread: 0, number: SyscallNumber(rawValue: number), module: -1, offset: 0,
            arguments: arguments)
    }

    /// Whether the kernel ends the call by itself after a while.
    private static func hasTimeout(_ event: Event) -> Bool {
        switch event.number.name {
        case "nanosleep", "clock_nanosleep": true
        case "poll", "epoll_wait", "epoll_pwait":
            Int32(truncatingIfNeeded: event.arguments[event.number.name == "poll" ? 2 : 3]) >= 0
        case "select", "pselect6": event.arguments[4] != 0
        case "futex", "futex_waitv", "epoll_pwait2", "semtimedop": event.arguments[3] != 0
        case "ppoll", "rt_sigtimedwait": event.arguments[2] != 0
        case "futex_wait", "io_getevents", "recvmmsg", "mq_timedreceive", "mq_timedsend":
            event.arguments[4] != 0
        default: false
        }
    }
}
