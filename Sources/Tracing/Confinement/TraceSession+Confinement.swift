internal import CLinux
internal import Glibc
internal import Syscalls
internal import Traces

extension TraceSession {
    /// Answers a call that no target gets, see ``ForbiddenCall``.
    ///
    /// What decides stands in registers, which no other thread can change while the task is stopped.
    mutating func confine(_ event: Event, index: Int) {
        guard options.isConfined, table[index].imposedResult == nil else { return }
        if event.number.rawValue == SyscallNumber.compatibilityMark | SocketCall.number {
            makeSocketCallPlain(event, index: index)
        } else if let call = ForbiddenCall.matching(event) {
            forbid(call, index: index)
        }
    }

    private mutating func forbid(_ call: ForbiddenCall, index: Int) {
        switch call.answer {
        case .error(let error): impose(-Int64(error.rawValue), on: index)
        case .success: impose(0, on: index)
        case .unchanged:
            table[index].awaitsExit = true
            clinux_set_argument(table[index].id, 2, 0)
            table[index].changedArgument = 2
        }
    }

    /// Turns a call whose arguments stand in memory, where another thread could change them behind
    /// our look, into the one that has them in registers.
    private mutating func makeSocketCallPlain(_ event: Event, index: Int) {
        let operation = UInt32(truncatingIfNeeded: event.arguments[0])
        guard let place = SocketCall.making.firstIndex(of: operation) else { return }
        let task = table[index].id
        var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        let size = SocketCall.sizes[place]
        let read = unsafe withUnsafeMutableBytes(of: &words) { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return 0 }
            let address = UInt64(UInt32(truncatingIfNeeded: event.arguments[1]))
            return unsafe clinux_read_memory(task, address, base, size)
        }
        guard read == size else {
            impose(-Int64(EFAULT), on: index)
            return
        }
        var plain = event
        plain.number = SyscallNumber(seen: SocketCall.plain[place], isNative: false)
        plain.arguments = [
            UInt64(words.0), UInt64(words.1), UInt64(words.2), UInt64(words.3),
            event.arguments[4], event.arguments[5],
        ]
        if let call = ForbiddenCall.matching(plain) {
            forbid(call, index: index)
            return
        }
        table[index].awaitsExit = true
        table[index].isRewritten = true
        clinux_rewrite_compatible_call(
            task, SocketCall.plain[place], words.0, words.1, words.2, words.3)
    }

    /// Gives a task back what its registers held before its call was made another.
    mutating func restoreRegisters(of event: Event, index: Int) {
        guard table[index].isRewritten else { return }
        table[index].isRewritten = false
        func word(_ argument: Int) -> UInt32 {
            UInt32(truncatingIfNeeded: event.arguments[argument])
        }
        clinux_restore_compatible_call(table[index].id, word(0), word(1), word(2), word(3))
    }
}
