internal import CLinux
internal import Glibc
internal import Platform
internal import Policies

/// The filters of a plan where the program's processes can install them from: mapped into the
/// program before its first instruction, and inherited by whatever it forks.
///
/// What is there cannot be changed by anybody. Who shares a process's memory can put something else
/// in the place of the mapping, but not in one that looks the same.
struct FilterMemory: ~Copyable {
    private let reader: FileDescriptor
    private let writer: FileDescriptor
    private let filters: [FilterProgram]
    private var start: UInt64 = 0
    /// Of `/proc/PID/maps`, as it was when nobody could have changed it.
    private var line: [UInt8] = []

    /// `struct sock_fprog`
    private static let headSize = 16

    init(_ filters: [FilterProgram]) throws(SystemError) {
        var reader: Int32 = -1
        let writer = try SystemError.check(
            unsafe clinux_make_memory(&reader), "make a file in memory for the filters")
        self.writer = FileDescriptor(owning: writer)
        self.reader = FileDescriptor(owning: reader)
        self.filters = filters
    }

    /// What the program has to be started with; it is closed before the first instruction.
    var descriptor: Int32 { reader.rawValue }

    private var size: Int { filters.reduce(0) { $0 + Self.size(of: $1) } }

    private static func size(of filter: FilterProgram) -> Int {
        headSize + filter.instructions.count * 8
    }

    /// Maps it into a process that is at the end of its `execve`.
    mutating func map(into process: Int32) throws(SystemError) {
        let operation = "map the filters into process \(process)"
        try SystemError.check(
            unsafe clinux_map_at_start(process, descriptor, UInt64(size), &start), operation)
        let bytes = content
        try SystemError.check(
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe bytes.baseAddress.map {
                    unsafe clinux_seal_memory(writer.rawValue, $0, UInt64(bytes.count))
                } ?? -EINVAL
            }, "seal the file in memory for the filters")
        guard let line = try Self.line(at: start, of: process) else {
            throw SystemError(code: EFAULT, operation: operation)
        }
        self.line = line
    }

    /// Where a filter's `struct sock_fprog` is in the processes.
    func address(of filter: FilterProgram) -> UInt64? {
        guard let place = filters.firstIndex(of: filter) else { return nil }
        return start + UInt64(filters[..<place].reduce(0) { $0 + Self.size(of: $1) })
    }

    private var content: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        func append(_ word: UInt64) {
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (shift * 8))) }
        }
        for filter in filters {
            append(UInt64(filter.instructions.count))
            append(start + UInt64(bytes.count + Self.headSize - 8))
            for word in filter.words { append(word) }
        }
        return bytes
    }

    /// Why a process cannot install a filter from it, as a clause; nil where it can. Whoever shares
    /// its memory has to be stopped.
    func objection(in process: Int32) -> String? {
        let line: [UInt8]?
        do throws(SystemError) {
            line = try Self.line(at: start, of: process)
        } catch {
            return "its memory cannot be looked into (\(error.reason)), as of programs that make "
                + "themselves undumpable, see prctl(2); run fathom as root"
        }
        return line == self.line
            ? nil : "the memory that its filters are kept in is not where it was mapped"
    }

    /// The line of a process's mappings that begins at an address.
    private static func line(
        at address: UInt64, of process: Int32
    ) throws(SystemError) -> [UInt8]? {
        let head = Array((String(address, radix: 16) + "-").utf8)
        return try SmallFile.read("/proc/\(process)/maps").split(separator: 10).first {
            $0.starts(with: head)
        }.map(Array.init)
    }
}

extension FilterProgram {
    /// The instructions as the kernel has them in memory.
    var words: [UInt64] {
        instructions.map { instruction in
            UInt64(instruction.code) | UInt64(instruction.jumpTrue) << 16
                | UInt64(instruction.jumpFalse) << 24 | UInt64(instruction.operand) << 32
        }
    }
}
