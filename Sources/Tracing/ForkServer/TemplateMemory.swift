internal import CLinux
internal import Glibc
internal import Platform
internal import TestCases

/// What is in the writable memory of a process that is stopped at `main`.
struct TemplateMemory {
    /// More than this is not searched; programs have some hundred kilobytes there.
    private static let limit = 64 << 20

    /// Addresses of the words that hold `arguments` and `environment`, such as libc's `environ`
    /// and what constructors were given; the stack is left out, as its frames are of functions
    /// that have handed these on.
    ///
    /// Nil when there is too much to search.
    static func words(
        of process: Int32, holding arguments: UInt64, and environment: UInt64
    ) throws(SystemError) -> (arguments: [UInt64], environment: [UInt64])? {
        let listing = try SmallFile.read("/proc/\(process)/maps")
        let path = "/proc/\(process)/mem"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        let memory = FileDescriptor(owning: descriptor)
        var found: (arguments: [UInt64], environment: [UInt64]) = ([], [])
        var total = 0
        for line in listing.split(separator: 10) {
            guard let mapping = Mapping(line: line), mapping.isWritable,
                !mapping.name.hasPrefix("[stack")
            else { continue }
            let size = Int(mapping.end - mapping.start)
            total += size
            guard total <= limit else { return nil }
            for (index, word) in words(at: mapping.start, size: size, of: memory).enumerated() {
                let address = mapping.start + UInt64(index * 8)
                if word == arguments { found.arguments.append(address) }
                if word == environment { found.environment.append(address) }
            }
        }
        return found
    }

    /// The arguments of a process that is stopped at `main`, as its first instruction finds them;
    /// nil where they are more, or longer, than copies are made with.
    static func arguments(of process: Int32) -> [Bytes]? {
        var (vector, environment): (UInt64, UInt64) = (0, 0)
        guard unsafe clinux_main_arguments(process, &vector, &environment) == 0 else { return nil }
        var arguments: [Bytes] = []
        for index in 0..<mostArguments {
            var address: UInt64 = 0
            let size = MemoryLayout<UInt64>.size
            let place = vector &+ UInt64(index * size)
            guard unsafe clinux_read_memory(process, place, &address, UInt64(size)) == size else {
                return nil
            }
            guard address != 0 else { return arguments }
            let limit = longestArgument
            let bytes = unsafe Bytes(unsafeUninitializedCapacity: limit) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let read = unsafe clinux_read_memory(process, address, base, UInt64(limit))
                count = max(0, Int(read))
            }
            guard let end = bytes.firstIndex(of: 0) else { return nil }
            arguments.append(Bytes(bytes[..<end]))
        }
        return nil
    }

    private static let mostArguments = 1_024
    private static let longestArgument = 4_096

    private static func words(
        at address: UInt64, size: Int, of memory: borrowing FileDescriptor
    ) -> [UInt64] {
        unsafe [UInt64](unsafeUninitializedCapacity: size / 8) { buffer, count in
            let read = unsafe pread(
                memory.rawValue, buffer.baseAddress, size, off_t(truncatingIfNeeded: address))
            count = max(0, read / 8)
        }
    }
}
