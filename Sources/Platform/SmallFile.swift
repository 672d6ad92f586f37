internal import Glibc
internal import TestCases

/// Reading small files and links whole, `/proc` above all.
package enum SmallFile {
    /// The file's bytes, at most `limit`.
    package static func read(_ path: String, limit: Int = 1 << 24) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe path.withKernelPath {
            unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0 { count = 0 }
            }
            if chunk.isEmpty { break }
            bytes += chunk
        }
        return bytes
    }

    package static func text(_ path: String) throws(SystemError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Where a symbolic link leads, one step.
    package static func link(_ path: String) -> String? {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            let base = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?
                .assumingMemoryBound(to: CChar.self)
            guard let base = unsafe base else { return }
            count = max(0, unsafe path.withKernelPath { unsafe readlink($0, base, 4096) })
        }
        return bytes.isEmpty ? nil : String(word: bytes)
    }

    /// The absolute path with every link and `..` resolved, nil when nothing is there.
    package static func resolve(_ path: String) -> String? {
        guard let resolved = unsafe path.withKernelPath({ unsafe realpath($0, nil) }) else {
            return nil
        }
        defer { unsafe free(resolved) }
        return unsafe String(kernelWord: resolved)
    }
}

extension SmallFile {
    /// Replaces what a file holds with one write, as the files of `/proc/sys` want it.
    package static func overwrite(_ path: String, with text: String) throws(SystemError) {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CLOEXEC | O_TRUNC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { Glibc.close(descriptor) }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count == bytes.count else { throw SystemError.last("write \(path)") }
    }
}

extension SmallFile {
    /// What the names of files that ``replace(_:with:)`` has not finished hold.
    package static let temporarySuffix = ".unfinished-"

    /// Writes a file that only this user may read under another name and moves it to the path, so
    /// that readers find the old bytes or the new ones, whole.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let temporary =
            path + temporarySuffix + "\(getpid())-"
            + String(UInt64.random(in: 0...(.max)), radix: 16)
        let descriptor = unsafe Glibc.open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError.last("create \(temporary)") }
        defer { Glibc.close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = SystemError.last("write \(temporary)")
                unsafe unlink(temporary)
                throw error
            }
            written += count
        }
        guard unsafe rename(temporary, path) == 0 else {
            let error = SystemError.last("rename \(temporary) to \(path)")
            unsafe unlink(temporary)
            throw error
        }
    }
}
