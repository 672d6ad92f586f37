internal import CZydis

/// Decodes stretches of one file's code in address order and notes what they refer to.
@safe struct CodeScanner: ~Copyable {
    private let code: UnsafeRawBufferPointer
    private let contents: ElfFile.Contents
    private var decoder = ZydisDecoder()
    private var context = unsafe ZydisDecoderContext()
    private var instruction = unsafe ZydisDecodedInstruction()
    private let operands: UnsafeMutablePointer<ZydisDecodedOperand>
    private(set) var summary = Summary()
    /// Addresses of decoded instructions.
    private(set) var starts: AddressSet
    private let limits: SummaryLimits
    /// What the file has too many of; nothing is decoded any more.
    private(set) var excess: String?
    /// Those of them that lie in the functions which the file itself delimits.
    private var delimitedStarts: AddressSet?
    /// Where code that begins in the middle of an instruction goes on in a delimited function.
    private(set) var joins: [(address: UInt64, function: UInt64)] = []

    /// Whether the stretch scanned last holds a return or an indirect jump.
    private var holdsReturn = false
    private var holdsIndirectJump = false
    private var arguments = ArgumentNotes()

    /// How a stretch of code ended.
    struct Outcome {
        var end: UInt64
        /// Whether the last instruction leads on to the next address.
        var fallsThrough: Bool
        /// Whether every byte belongs to an instruction that programs may execute.
        var isClean: Bool
        /// Whether the end is an instruction of the function that the code lies within.
        var joins = false
    }

    /// The buffer is the whole file and must outlive the scanner.
    init(
        _ code: UnsafeRawBufferPointer, contents: ElfFile.Contents, limits: SummaryLimits
    ) {
        self.limits = limits
        unsafe self.code = code
        self.contents = contents
        starts = AddressSet(contents.codeRanges)
        unsafe operands = .allocate(capacity: Int(ZYDIS_MAX_OPERAND_COUNT))
        unsafe operands.initialize(
            repeating: ZydisDecodedOperand(), count: Int(ZYDIS_MAX_OPERAND_COUNT))
        unsafe ZydisDecoderInit(
            &decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)
    }

    deinit { unsafe operands.deallocate() }

    consuming func finish() -> Summary { summary }

    /// What was found in some of a file's functions.
    struct Part: Sendable {
        fileprivate let summary: Summary
        fileprivate let starts: AddressSet
        fileprivate let excess: String?
    }

    var part: Part { Part(summary: summary, starts: starts, excess: excess) }

    /// Adds what another scanner of the same file found, behind what this one did.
    mutating func append(_ part: Part) {
        summary.append(part.summary)
        starts.formUnion(part.starts)
        excess = excess ?? part.excess ?? limits.excess(of: summary)
    }

    /// Notes that what was decoded so far is the functions that the file itself delimits.
    mutating func noteDelimited() { delimitedStarts = starts }

    /// Decodes a range and adds it as a function.
    ///
    /// - Parameter limit: how far the code may go on behind the range when its last instruction
    ///   does not end it; glibc's `clone3` makes its system call behind the range that its call
    ///   frame describes.
    /// - Parameter untilEnd: whether to stop at the first instruction that nothing in the range
    ///   continues behind, for code of unknown length.
    /// - Parameter enclosing: a delimited function that the range lies within; the code ends with
    ///   a jump to it where it meets one of its instructions.
    mutating func addFunction(
        _ range: Range<UInt64>, limit: UInt64, untilEnd: Bool = false,
        within enclosing: Range<UInt64>? = nil
    ) -> Outcome {
        let firstReference = summary.references.count
        let firstSite = summary.sites.count
        holdsReturn = false
        holdsIndirectJump = false
        arguments.clear()
        var outcome = scan(range, untilEnd: untilEnd, within: enclosing)
        if outcome.fallsThrough, outcome.end < limit, !untilEnd {
            let rest = scan(outcome.end..<limit, untilEnd: true)
            outcome.end = rest.end
            outcome.fallsThrough = rest.fallsThrough
        }
        if outcome.joins, let enclosing {
            joins.append((outcome.end, enclosing.lowerBound))
            summary.references.append(
                Summary.Reference(
                    kind: .jump, size: 0, address: outcome.end, target: enclosing.lowerBound))
        } else if outcome.fallsThrough {
            summary.references.append(
                Summary.Reference(
                    kind: .jump, size: 0, address: outcome.end, target: outcome.end))
        }
        let range = range.lowerBound..<outcome.end
        dropInnerJumps(from: firstReference, range)
        if holdsIndirectJump { noteTableTargets(of: range, from: firstReference) }
        // Go's functions pass arguments otherwise, and a call of one keeps no register.
        if contents.isGo { arguments.clear() }
        let passed = arguments.evaluate(in: range)
        summary.callConstants += passed.constants
        summary.functions.append(
            Summary.Function(
                start: range.lowerBound, end: outcome.end,
                references: firstReference..<summary.references.count,
                sites: firstSite..<summary.sites.count, returns: holdsReturn,
                deciding: passed.compared))
        return outcome
    }

    /// Takes the function added last out again; it turned out to be data.
    mutating func removeLastFunction() {
        guard let last = summary.functions.popLast() else { return }
        removeCallConstants(of: last)
        summary.references.removeSubrange(last.references)
        summary.sites.removeSubrange(last.sites)
    }

    /// Adds a reference that no instruction makes to the function added last.
    mutating func addReference(_ reference: Summary.Reference) {
        guard let last = summary.functions.indices.last else { return }
        summary.references.append(reference)
        summary.functions[last].references =
            summary.functions[last].references.lowerBound..<summary.references.count
    }

    /// Notes that the unwinder enters the function added last as well, at places not looked for.
    mutating func noteLandingPads() {
        guard let last = summary.functions.indices.last else { return }
        let function = summary.functions[last]
        summary.functions[last].deciding = 0
        removeCallConstants(of: function)
    }

    /// - Parameter function: the one that was added last.
    private mutating func removeCallConstants(of function: Summary.Function) {
        while let constant = summary.callConstants.last, constant.address >= function.start,
            constant.address < function.end
        {
            summary.callConstants.removeLast()
        }
    }

    /// Notes the places that the jump tables of a function may lead to.
    private mutating func noteTableTargets(of range: Range<UInt64>, from first: Int) {
        let targets = JumpTable.targets(
            summary.references[first...], within: range, isFixed: contents.isFixed
        ) { address, width in
            width == 4
                ? integer(at: address, as: UInt32.self).map { UInt64($0) }
                : integer(at: address, as: UInt64.self)
        }
        for target in targets { arguments.noteTarget(target) }
    }

    private func integer<Integer: FixedWidthInteger>(
        at address: UInt64, as type: Integer.Type
    ) -> Integer? {
        guard contents.codeRanges.containing(address) == nil,
            let offset = contents.fileOffset(of: address).map({ Int($0) }),
            unsafe offset + MemoryLayout<Integer>.size <= code.count
        else { return nil }
        return unsafe code.loadUnaligned(fromByteOffset: offset, as: Integer.self)
    }

    /// Jumps of a function to itself need no edge.
    private mutating func dropInnerJumps(from first: Int, _ range: Range<UInt64>) {
        var kept = first
        for index in first..<summary.references.count {
            let reference = summary.references[index]
            if reference.kind == .jump, range.contains(reference.target) { continue }
            summary.references[kept] = reference
            kept += 1
        }
        summary.references.removeSubrange(kept...)
    }

    /// How far ahead code without delimiters is taken for the same function.
    private static let farthestJump: UInt64 = 16 << 10

    private mutating func scan(
        _ range: Range<UInt64>, untilEnd: Bool, within enclosing: Range<UInt64>? = nil
    ) -> Outcome {
        var outcome = Outcome(end: range.lowerBound, fallsThrough: true, isClean: true)
        guard let codeRange = contents.codeRanges.containing(range.lowerBound),
            let offset = contents.fileOffset(of: range.lowerBound),
            let base = unsafe code.baseAddress
        else { return outcome }
        let available = min(codeRange.upperBound, range.upperBound) - range.lowerBound
        let count = unsafe min(
            UInt64(contents.bytesAvailable(at: range.lowerBound)), available,
            UInt64(code.count) - offset)
        let start = unsafe base.advanced(by: Int(offset))
        var position: UInt64 = 0
        /// The farthest target of a jump within, while the length is not known.
        var farthest: UInt64 = 0
        excess = excess ?? limits.excess(of: summary)
        while position < count, excess == nil {
            let address = range.lowerBound + position
            if let enclosing, enclosing.contains(address),
                delimitedStarts?.contains(address) == true
            {
                outcome.joins = true
                break
            }
            let status = unsafe ZydisDecoderDecodeInstruction(
                &decoder, &context, start.advanced(by: Int(position)), Int(count - position),
                &instruction)
            guard status & 0x8000_0000 == 0 else {
                outcome.isClean = false
                if untilEnd { break }
                position += 1
                outcome.fallsThrough = true
                continue
            }
            starts.insert(address)
            let next = unsafe address + UInt64(instruction.length)
            let flow = note(address, next: next)
            position = next - range.lowerBound
            // What ends with a call ends with one that does not return; padding may follow.
            if unsafe !instruction.isPadding {
                outcome.fallsThrough =
                    unsafe flow.continues && instruction.meta.category != ZYDIS_CATEGORY_CALL
            }
            if unsafe instruction.isPrivileged { outcome.isClean = false }
            // A jump far ahead leads to another function; where it did not, that is one for itself.
            if let target = flow.target, target < range.lowerBound + count,
                flow.continues || target < next &+ Self.farthestJump
            {
                farthest = max(farthest, target)
            }
            if untilEnd, !flow.continues, farthest < next { break }
        }
        outcome.end = range.lowerBound + position
        return outcome
    }

    /// Notes what the current instruction refers to, and says where control goes on.
    private mutating func note(
        _ address: UInt64, next: UInt64
    ) -> (continues: Bool, target: UInt64?) {
        let slot = unsafe instruction.relativeTarget(next)
        switch unsafe instruction.meta.category {
        case ZYDIS_CATEGORY_CALL:
            if let target = unsafe instruction.branchTarget(next) { add(.call, address, target) }
            if let slot { add(.callThroughSlot, address, slot) }
            noteFixed(address)
            arguments.note(address, .call)
            return (true, nil)
        case ZYDIS_CATEGORY_UNCOND_BR:
            let target = unsafe instruction.branchTarget(next)
            if let target { add(.jump, address, target) }
            if let slot { add(.jumpThroughSlot, address, slot) }
            if target == nil, slot == nil {
                holdsReturn = true
                holdsIndirectJump = true
            }
            noteFixed(address)
            if let target { arguments.noteTarget(target) }
            // A jump that leaves the function passes arguments as a call does.
            arguments.note(address, .call)
            arguments.note(address, .leave)
            return (false, target)
        case ZYDIS_CATEGORY_COND_BR:
            let target = unsafe instruction.branchTarget(next)
            if let target {
                add(.jump, address, target)
                arguments.noteTarget(target)
            }
            return (true, target)
        case ZYDIS_CATEGORY_RET:
            holdsReturn = true
            arguments.note(address, .leave)
            return (false, nil)
        case ZYDIS_CATEGORY_SYSCALL:
            let kind: Summary.Site.Kind =
                unsafe instruction.mnemonic == ZYDIS_MNEMONIC_SYSCALL ? .syscall : .compatibility
            addSite(kind, address)
            // The kernel writes the result and clobbers two registers.
            arguments.note(address, .clobber(1 << 0 | 1 << 1 | 1 << 11))
            return (true, nil)
        default:
            noteData(address, slot)
            return unsafe (!instruction.isTrap, nil)
        }
    }

    private mutating func noteData(_ address: UInt64, _ target: UInt64?) {
        if unsafe instruction.mnemonic == ZYDIS_MNEMONIC_INT, unsafe instruction.immediate == 0x80 {
            addSite(.compatibility, address)
        }
        noteFixed(address)
        // A comparison learns nothing of a pointer but whether it is null.
        unsafe ZydisDecoderDecodeOperands(
            &decoder, &context, &instruction, operands, instruction.operand_count)
        noteArguments(address)
        guard let target, unsafe !instruction.isComparison else { return }
        if unsafe instruction.mnemonic == ZYDIS_MNEMONIC_LEA {
            return add(.address, address, target)
        }
        for index in unsafe 0..<Int(instruction.operand_count) {
            let operand = unsafe operands[index]
            guard operand.type == ZYDIS_OPERAND_TYPE_MEMORY, operand.actions & 0b0101 != 0 else {
                continue
            }
            add(.load, address, target, size: UInt8(clamping: operand.size / 8))
            return
        }
    }

    /// Notes what the current instruction does to general registers.
    private mutating func noteArguments(_ address: UInt64) {
        let count = unsafe Int(instruction.operand_count)
        let first = unsafe count > 0 ? operands[0].generalRegister : nil
        let second = unsafe count > 1 ? operands[1].generalRegister : nil
        let isWide = unsafe count > 0 && operands[0].size >= 32
        if unsafe instruction.isComparison {
            let isNumber = unsafe instruction.mnemonic == ZYDIS_MNEMONIC_CMP && second == nil
            for register in [first, second].compactMap({ $0 }) {
                arguments.note(address, .compare(register, withNumber: isNumber))
            }
            return
        }
        guard isWide, let first else { return noteClobbered(address, count) }
        let immediate = unsafe instruction.immediate
        switch unsafe instruction.mnemonic {
        case ZYDIS_MNEMONIC_MOV:
            if let immediate {
                let mask: UInt64 = unsafe operands[0].size == 32 ? 0xffff_ffff : .max
                arguments.note(address, .set(first, immediate & mask))
            } else if let second {
                arguments.note(address, .copy(to: first, from: second))
            } else {
                arguments.note(address, .clobber(1 << UInt16(first)))
            }
        case ZYDIS_MNEMONIC_XOR where first == second:
            arguments.note(address, .set(first, 0))
        case ZYDIS_MNEMONIC_LEA:
            let memory = unsafe operands[1].mem
            if let base = Register.index(memory.base), memory.index == ZYDIS_REGISTER_NONE {
                arguments.note(address, .shift(to: first, from: base))
            } else {
                arguments.note(address, .clobber(1 << UInt16(first)))
            }
        case ZYDIS_MNEMONIC_AND where immediate != nil:
            // It leaves the flags that a test leaves.
            arguments.note(address, .compare(first, withNumber: true))
            arguments.note(address, .clobber(1 << UInt16(first)))
        case ZYDIS_MNEMONIC_INC, ZYDIS_MNEMONIC_DEC:
            arguments.note(address, .shift(to: first, from: first))
        case ZYDIS_MNEMONIC_ADD where immediate != nil, ZYDIS_MNEMONIC_SUB where immediate != nil:
            arguments.note(address, .shift(to: first, from: first))
        default: noteClobbered(address, count)
        }
    }

    private mutating func noteClobbered(_ address: UInt64, _ operandCount: Int) {
        var registers: UInt16 = 0
        for index in 0..<operandCount where unsafe operands[index].actions & 0b1010 != 0 {
            if let register = unsafe operands[index].generalRegister {
                registers |= 1 << UInt16(register)
            }
        }
        if registers != 0 { arguments.note(address, .clobber(registers)) }
    }

    /// In a file with a fixed address, any constant may be one.
    private mutating func noteFixed(_ address: UInt64) {
        guard contents.isFixed else { return }
        for constant in unsafe [instruction.immediate, instruction.absoluteDisplacement] {
            guard let constant,
                contents.segments.contains(where: { $0.addresses.contains(constant) }),
                !contents.isWithinGoFunction(constant)
            else { continue }
            add(.address, address, constant)
        }
    }

    private mutating func add(
        _ kind: Summary.Reference.Kind, _ address: UInt64, _ target: UInt64, size: UInt8 = 0
    ) {
        summary.references.append(
            Summary.Reference(kind: kind, size: size, address: address, target: target))
        if summary.references.count > limits.references { excess = limits.excess(of: summary) }
    }

    private mutating func addSite(_ kind: Summary.Site.Kind, _ address: UInt64) {
        summary.sites.append(Summary.Site(kind: kind, address: address, number: .unknown))
        if summary.sites.count > limits.sites { excess = limits.excess(of: summary) }
    }
}

extension ZydisDecodedInstruction {
    /// The address of a memory operand relative to the next instruction.
    fileprivate func relativeTarget(_ next: UInt64) -> UInt64? {
        guard unsafe raw.modrm.offset != 0, unsafe raw.modrm.mod == 0, unsafe raw.modrm.rm == 5
        else { return nil }
        return unsafe next &+ UInt64(bitPattern: raw.disp.value)
    }

    fileprivate func branchTarget(_ next: UInt64) -> UInt64? {
        guard unsafe raw.imm.0.is_relative != 0 else { return nil }
        return unsafe next &+ UInt64(bitPattern: raw.imm.0.value.s)
    }

    fileprivate var immediate: UInt64? {
        unsafe raw.imm.0.size > 0 && raw.imm.0.is_relative == 0 ? unsafe raw.imm.0.value.u : nil
    }

    fileprivate var absoluteDisplacement: UInt64? {
        unsafe raw.disp.size >= 32 && raw.disp.value > 0 ? UInt64(raw.disp.value) : nil
    }

    fileprivate var isPadding: Bool {
        unsafe meta.category == ZYDIS_CATEGORY_NOP || meta.category == ZYDIS_CATEGORY_WIDENOP
    }

    fileprivate var isComparison: Bool {
        unsafe mnemonic == ZYDIS_MNEMONIC_CMP || mnemonic == ZYDIS_MNEMONIC_TEST
    }

    /// Whether control never goes on behind it.
    var isTrap: Bool {
        unsafe mnemonic == ZYDIS_MNEMONIC_HLT || mnemonic == ZYDIS_MNEMONIC_UD2
            || mnemonic == ZYDIS_MNEMONIC_INT3
    }

    /// Whether only a kernel or a table of constants would hold it. `hlt` stands behind calls
    /// that do not return.
    fileprivate var isPrivileged: Bool {
        // ZYDIS_ATTRIB_IS_PRIVILEGED, a macro that Swift does not see.
        let privileged: UInt64 = 1 << 8
        return unsafe attributes & privileged != 0 && mnemonic != ZYDIS_MNEMONIC_HLT
            || meta.category == ZYDIS_CATEGORY_IO || meta.category == ZYDIS_CATEGORY_IOSTRINGOP
    }
}
