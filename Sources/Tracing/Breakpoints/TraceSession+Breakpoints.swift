internal import CLinux
internal import Platform

/// What happens at the breakpoints of a template's copies, and of what they fork.
extension TraceSession {
    /// Whether the task's trap was a breakpoint, or the step behind one; it is under way again
    /// then.
    mutating func meetBreakpoint(_ index: Int) -> Bool {
        guard !breakpoints.isEmpty, table.processes[table[index].process].sharesTemplate else {
            return false
        }
        let task = table[index].id
        if let stepped = table[index].steppedBreakpoint {
            table[index].steppedBreakpoint = nil
            var original: UInt8 = 0
            _ = unsafe clinux_replace_byte(task, stepped, BreakpointTable.trap, &original)
            resume(task)
            return true
        }
        var pointer: UInt64 = 0
        guard unsafe clinux_get_instruction_pointer(task, &pointer) == 0,
            let place = breakpoints[pointer &- 1]
        else { return false }
        let address = pointer &- 1
        let stays = sightings.countStop(at: address, place.purpose)
        var trap: UInt8 = 0
        _ = unsafe clinux_replace_byte(task, address, place.original, &trap)
        clinux_set_instruction_pointer(task, address)
        switch place.purpose {
        case .visit: if sightings.isFirstStop(at: address) { sightings.noteVisit(address) }
        case .capture(let function): capture(function, of: task)
        case .compare(let comparison):
            capture(comparison, of: task, displacement: address &- comparison.address)
        }
        guard stays, clinux_single_step(task) == 0 else {
            resume(task)
            return true
        }
        table[index].steppedBreakpoint = address
        return true
    }

    /// In the order in which instructions number them; empty when the task is gone.
    private static func generalRegisters(of task: Int32) -> [UInt64] {
        unsafe [UInt64](unsafeUninitializedCapacity: 16) { buffer, filled in
            guard let base = buffer.baseAddress else { return }
            filled = unsafe clinux_general_registers(task, base) == 0 ? 16 : 0
        }
    }

    private mutating func capture(
        _ comparison: NumberComparison, of task: Int32, displacement: UInt64
    ) {
        let numbers = comparison.numbers(
            registers: Self.generalRegisters(of: task), displacement: displacement
        ) { address in
            let bytes = Self.bytes(at: address, of: task, 8)
            return bytes.count == 8 ? Self.word(bytes, 0) : nil
        }
        guard let numbers, numbers.left != numbers.right else { return }
        sightings.note(
            .comparedNumbers(numbers.left, numbers.right, width: comparison.width))
    }

    private mutating func capture(_ function: CapturedFunction, of task: Int32) {
        let registers = Self.generalRegisters(of: task)
        guard registers.count == 16 else { return }
        // `rdi`, `rsi`, `rdx`, `rcx`.
        let arguments = (registers[7], registers[6], registers[2], registers[1])
        let limit = BreakpointSightings.operandLimit
        let length = Int(clamping: arguments.2)
        switch function {
        case .strings:
            noteCompared(
                Self.text(at: arguments.0, of: task, limit),
                Self.text(at: arguments.1, of: task, limit))
        case .boundedStrings:
            noteCompared(
                Self.text(at: arguments.0, of: task, min(length, limit)),
                Self.text(at: arguments.1, of: task, min(length, limit)))
        case .memory:
            noteCompared(
                Self.bytes(at: arguments.0, of: task, min(length, limit)),
                Self.bytes(at: arguments.1, of: task, min(length, limit)))
        case .variable:
            let name = Self.text(at: arguments.0, of: task, limit)
            if !name.isEmpty { sightings.note(.variable(name)) }
        case .shortOptions: noteOptionString(at: arguments.2, of: task)
        case .longOptions:
            noteOptionString(at: arguments.2, of: task)
            noteOptionTable(at: arguments.3, of: task)
        }
    }

    private mutating func noteCompared(_ left: [UInt8], _ right: [UInt8]) {
        guard left != right else { return }
        sightings.note(.compared(left, right))
    }

    private mutating func noteOptionString(at address: UInt64, of task: Int32) {
        let text = Self.text(at: address, of: task, 256)
        if !text.isEmpty { sightings.note(.optionString(text)) }
    }

    /// Rows of `struct option`: a name, whether there is an argument, where a flag is kept, and a
    /// value; a row without a name is the last.
    private mutating func noteOptionTable(at address: UInt64, of task: Int32) {
        let (rowSize, mostRows) = (32, 512)
        guard address != 0 else { return }
        for row in 0..<mostRows {
            let bytes = Self.bytes(
                at: address &+ UInt64(row * rowSize), of: task, rowSize)
            guard bytes.count == rowSize else { return }
            let name = Self.text(
                at: Self.word(bytes, 0), of: task, BreakpointSightings.operandLimit)
            guard !name.isEmpty else { return }
            sightings.note(
                .longOption(
                    name: name, argument: Int32(truncatingIfNeeded: Self.word(bytes, 8)),
                    value: Int32(truncatingIfNeeded: Self.word(bytes, 24))))
        }
    }

    /// Of a task's memory; fewer where its mapping ends before, none when it is gone.
    static func bytes(at address: UInt64, of task: Int32, _ count: Int) -> [UInt8] {
        guard address != 0, count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let base = buffer.baseAddress else { return }
            filled = max(0, Int(unsafe clinux_read_memory(task, address, base, UInt64(count))))
        }
    }

    /// Up to the zero byte.
    private static func text(at address: UInt64, of task: Int32, _ limit: Int) -> [UInt8] {
        Array(bytes(at: address, of: task, limit).prefix { $0 != 0 })
    }
}
