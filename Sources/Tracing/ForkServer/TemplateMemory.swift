internal import CLinux
internal import Glibc
internal import Platform

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
