internal import Glibc

/// An open descriptor that is closed with the value.
package struct FileDescriptor: ~Copyable {
    package let rawValue: Int32

    /// Takes ownership of an open descriptor.
    package init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        Glibc.close(rawValue)
    }

    /// A directory, for calls that start from it.
    package static func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open the folder \(path)") }
        return FileDescriptor(owning: descriptor)
    }
}
