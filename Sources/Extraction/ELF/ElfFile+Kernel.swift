internal import Glibc
internal import Platform

extension ElfFile {
    /// The code that the running kernel maps into every process (vdso(7)), copied; nil where it
    /// maps none or an unreadable one.
    static func kernelObject() -> ElfFile? {
        guard let address = kernelObjectAddress,
            let start = unsafe UnsafeRawPointer(bitPattern: UInt(address))
        else { return nil }
        // The kernel maps the image whole, and nothing behind its section headers.
        let header = unsafe RawSpan(_unsafeStart: start, byteCount: 64)
        guard let table: UInt64 = header.integer(at: 40), let size: UInt16 = header.integer(at: 58),
            let count: UInt16 = header.integer(at: 60), table < 1 << 16
        else { return nil }
        let byteCount = Int(table) + Int(size) * Int(count)
        let image = unsafe RawSpan(_unsafeStart: start, byteCount: byteCount)
        guard let contents = try? Contents(parsing: image, path: "[vdso]") else { return nil }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: byteCount))
        return ElfFile(path: "[vdso]", contents: contents, bytes: bytes)
    }

    /// `AT_SYSINFO_EHDR` of this process's auxiliary vector.
    private static var kernelObjectAddress: UInt64? {
        let descriptor = unsafe open("/proc/self/auxv", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var words = [UInt64](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &words, words.count * 8)
        guard count > 0 else { return nil }
        for index in stride(from: 0, to: count / 8 - 1, by: 2) where words[index] == 33 {
            return words[index + 1]
        }
        return nil
    }
}
