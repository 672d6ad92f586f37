internal import Glibc

/// A file that a result is written to, created before the work so that a wrong path is found
/// first.
package struct OutputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// Creates the file, or empties the one that is there.
    package static func create(_ path: String) throws(SystemError) -> OutputFile {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemError.last("create \(path)") }
        return OutputFile(path: path, descriptor: descriptor)
    }

    /// Opens the file to write behind what is in it, as several processes may at once, or makes it.
    package static func append(_ path: String) throws(SystemError) -> OutputFile {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        let descriptor = unsafe Glibc.open(path, flags, 0o666)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        return OutputFile(path: path, descriptor: descriptor)
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Writes all of the bytes and closes the file.
    package consuming func write(bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw SystemError.last("write \(path)")
            }
        }
    }
}
