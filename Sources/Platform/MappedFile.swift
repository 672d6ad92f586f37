internal import Glibc

/// A regular file mapped read-only; unmapped when the value goes.
///
/// The file must not shrink while it is mapped: reading past its new end raises `SIGBUS`, as
/// mmap(2) says. Callers that read files of a hostile target copy them first.
@safe package struct MappedFile: ~Copyable {
    package let path: String
    private let base: UnsafeMutableRawPointer?
    package let count: Int

    /// Maps the file at the path. A directory, FIFO, socket or device is refused with `EINVAL`
    /// without being opened for reading.
    package static func open(_ path: String) throws(SystemError) -> MappedFile {
        let descriptor = unsafe path.withKernelPath {
            unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw SystemError.last("read the size of \(path)")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(code: EINVAL, operation: "map \(path), which is no regular file")
        }
        let count = Int(status.st_size)
        guard count > 0 else { return unsafe MappedFile(path: path, base: nil, count: 0) }
        let base = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard unsafe base != MAP_FAILED else { throw SystemError.last("map \(path)") }
        return unsafe MappedFile(path: path, base: base, count: count)
    }

    private init(path: String, base: UnsafeMutableRawPointer?, count: Int) {
        self.path = path
        unsafe self.base = unsafe base
        self.count = count
    }

    deinit {
        if let base = unsafe base { unsafe munmap(base, count) }
    }

    /// The whole file; valid inside the closure only.
    package borrowing func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(RawSpan(_unsafeStart: unsafe base ?? Self.empty, byteCount: count))
    }

    private static var empty: UnsafeMutableRawPointer {
        // Never read: a span of no bytes still needs an address.
        unsafe UnsafeMutableRawPointer(bitPattern: 16) ?? .allocate(byteCount: 1, alignment: 1)
    }
}

/// The mapping is private and read-only, so threads may read it at the same time.
extension MappedFile: @unchecked Sendable {}
