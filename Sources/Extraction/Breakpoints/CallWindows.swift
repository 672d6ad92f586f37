package import Platform

/// Where a file's system calls can be led through other code.
///
/// A jump is put over an instruction before the call that is as long as the jump, so that whoever
/// comes to any instruction of the file finds it whole. Where there is none, as behind a short
/// instruction that clears `eax`, it is put over the call and what follows, if no branch of the
/// file leads there.
package enum CallWindows {
    /// Instructions of one window, in bytes; more do not come up.
    private static let mostBytes = 48
    private static let callSize: UInt64 = 2

    /// The windows of calls, in the order of the file; calls that have none are left out.
    ///
    /// - Parameter calls: File offsets of `syscall` instructions.
    package static func read(
        _ path: String, ofCallsAt calls: Set<UInt64>
    ) throws(ExtractionError) -> [CallWindow] {
        let file = try ElfFile.read(path)
        return calls.sorted().compactMap { window(at: $0, in: file) }
    }

    private static func window(at call: UInt64, in file: ElfFile) -> CallWindow? {
        guard let address = file.address(ofByteAt: call), let frame = file.frame(at: address)
        else { return nil }
        let operations = Operation.decode(frame.range, of: file)
        guard let position = operations.position(of: address),
            case .syscall = operations[position].kind,
            !usesFlags(operations[(position + 1)...])
        else { return nil }
        return windowBefore(position, of: operations, at: call, in: file)
            ?? windowBehind(position, of: operations, at: call, in: file)
    }

    private static func windowBefore(
        _ position: Int, of operations: [Operation], at call: UInt64, in file: ElfFile
    ) -> CallWindow? {
        let address = operations[position].address
        for operation in operations[..<position].reversed() {
            let length = address &- operation.address
            // What could not be decoded has left a gap.
            guard operation.meansTheSameAnywhere, length <= mostBytes else { return nil }
            guard operation.size >= CallWindow.jumpSize else { continue }
            guard let before = file.bytes(at: operation.address, count: Int(length)),
                isContiguous(operations[..<position], from: operation.address, to: address)
            else { return nil }
            return CallWindow(call: call, start: call - length, before: before, after: [])
        }
        return nil
    }

    private static func windowBehind(
        _ position: Int, of operations: [Operation], at call: UInt64, in file: ElfFile
    ) -> CallWindow? {
        let address = operations[position].address
        var end = operations[position].next
        for operation in operations[(position + 1)...] where end - address < CallWindow.jumpSize {
            guard operation.address == end, operation.meansTheSameAnywhere else { return nil }
            end = operation.next
        }
        let covered = address..<(address + CallWindow.jumpSize)
        guard end >= covered.upperBound, !file.branches(behind: covered),
            let after = file.bytes(
                at: address + callSize, count: Int(end - address - callSize))
        else { return nil }
        return CallWindow(call: call, start: call, before: [], after: after)
    }

    private static func isContiguous(
        _ operations: ArraySlice<Operation>, from start: UInt64, to end: UInt64
    ) -> Bool {
        var expected = start
        for operation in operations where operation.address >= start {
            guard operation.address == expected else { return false }
            expected = operation.next
        }
        return expected == end
    }

    /// Whether the code behind a call may look at flags from before it; compilers take them for
    /// lost.
    private static func usesFlags(_ operations: ArraySlice<Operation>) -> Bool {
        for operation in operations {
            switch operation.kind {
            case .move, .loadAddress, .signExtend, .push, .pop, .padding, .leave, .syscall,
                .invert:
                continue
            case .conditionalJump, .conditionalMove, .setCondition, .borrow, .other: return true
            case .add, .subtract, .exclusiveOr, .and, .or, .increment, .decrement, .negate,
                .shiftLeft, .compare, .test, .call, .jump, .stop:
                return false
            }
        }
        return false
    }
}

extension Operation {
    fileprivate var size: UInt64 { next - address }

    /// Whether it is the same instruction wherever it stands, and hands control to the next.
    fileprivate var meansTheSameAnywhere: Bool {
        switch kind {
        case .move, .signExtend, .loadAddress, .add, .subtract, .exclusiveOr, .and, .or,
            .increment, .decrement, .invert, .negate, .shiftLeft, .compare, .test:
            !destination.mayBeRelative && !source.mayBeRelative
        case .padding: true
        default: false
        }
    }
}

extension Operation.Location {
    /// Memory without a register is as a rule told by its distance from the instruction.
    fileprivate var mayBeRelative: Bool {
        if case .memory(let address, _) = self {
            address.base == nil && address.index == nil
        } else {
            false
        }
    }
}

extension ElfFile {
    fileprivate func address(ofByteAt offset: UInt64) -> UInt64? {
        for segment in contents.segments where segment.isExecutable {
            guard offset >= segment.fileOffset, offset - segment.fileOffset < segment.fileSize
            else { continue }
            return segment.addresses.lowerBound + (offset - segment.fileOffset)
        }
        return nil
    }

    fileprivate func frame(at address: UInt64) -> CallFrame? {
        contents.frames.last { $0.range.lowerBound <= address }
            .flatMap { $0.range.contains(address) ? $0 : nil }
    }

    fileprivate func bytes(at address: UInt64, count: Int) -> [UInt8]? {
        guard let offset = fileOffset(of: address).map({ Int($0) }) else { return nil }
        return withBytes { bytes in
            guard offset + count <= bytes.byteCount else { return nil }
            return (0..<count).compactMap { bytes.integer(at: offset + $0, as: UInt8.self) }
        }
    }

    /// Whether a branch may lead behind the first byte of a stretch, by its encoding.
    ///
    /// Short branches are looked for in the functions that they can come from, long ones at every
    /// byte of the file's code: what only looks like one costs nothing but the window.
    fileprivate func branches(behind stretch: Range<UInt64>) -> Bool {
        let inside = (stretch.lowerBound + 1)..<stretch.upperBound
        let reach: UInt64 = 140
        let near = contents.frames.filter {
            $0.range.upperBound &+ reach > stretch.lowerBound
                && $0.range.lowerBound < stretch.upperBound &+ reach
        }
        let isNear = near.contains { frame in
            Operation.decode(frame.range, of: self).contains { operation in
                switch operation.kind {
                case .jump(.some(let target)), .conditionalJump(let target, _),
                    .call(.some(let target)):
                    inside.contains(target)
                // Such as one that counts.
                case .other: operation.destination.isNumber(within: inside)
                default: false
                }
            }
        }
        return isNear || hasDistance(into: inside)
    }

    /// Whether four bytes of the code, taken for a distance from their end, lead into a stretch.
    private func hasDistance(into stretch: Range<UInt64>) -> Bool {
        contents.codeRanges.contains { range in
            guard let first = fileOffset(of: range.lowerBound).map({ Int($0) }) else {
                return false
            }
            return withBytes { bytes in
                let end = min(bytes.byteCount, first + range.count) - 4
                var offset = first
                while offset <= end {
                    if let distance: Int32 = bytes.integer(at: offset) {
                        let next = range.lowerBound &+ UInt64(offset - first + 4)
                        if stretch.contains(next &+ UInt64(bitPattern: Int64(distance))) {
                            return true
                        }
                    }
                    offset += 1
                }
                return false
            }
        }
    }
}

extension Operation.Location {
    fileprivate func isNumber(within range: Range<UInt64>) -> Bool {
        if case .immediate(let number) = self { range.contains(number) } else { false }
    }
}
