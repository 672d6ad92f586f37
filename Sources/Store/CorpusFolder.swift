internal import Glibc
package import Platform
package import TestCases

/// Test cases as files that people read: a folder for each, named by its id, with `test-case.txt`
/// and the long byte strings beside it, named by their hashes.
///
/// A folder appears whole or not at all. It is not synchronised to the disk: the database is, and
/// has everything that is here.
package struct CorpusFolder: Sendable {
    /// The folder that holds a folder for each test case.
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// The name of the file with the text.
    package static let textName = "test-case.txt"

    /// Whether the test case of the id has its folder.
    package func contains(_ id: String) -> Bool {
        unsafe access("\(path)/\(id)/\(Self.textName)", F_OK) == 0
    }

    /// Writes the test case, unless it is there.
    package func write(_ testCase: TestCase) throws(SystemError) {
        let encoded = testCase.encoded()
        let final = "\(path)/\(encoded.id)"
        guard !contains(encoded.id) else { return }
        try Directory.make(path)
        // The lock allows one writer, so what has this name is of a writer that died.
        let draft = "\(path)/.\(encoded.id)"
        try Directory.remove(draft)
        try Directory.make(draft)
        for blob in encoded.blobs {
            try Self.write(blob.bytes, to: "\(draft)/\(blob.digest)")
        }
        try Self.write(encoded.text, to: "\(draft)/\(Self.textName)")
        try Directory.remove(final)
        guard unsafe rename(draft, final) == 0 else { throw SystemError.last("make \(final)") }
    }

    /// Removes the test cases whose ids are so; leaves alone what is not named by an id, and what
    /// cannot be removed.
    func removeAll(where isSuperfluous: (String) -> Bool) {
        for name in (try? Directory.names(in: path)) ?? [] {
            let isID =
                name.utf8.count == 32
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                }
            if isID, isSuperfluous(name) { try? Directory.remove("\(path)/\(name)") }
        }
    }

    /// Reads a folder that ``write(_:)`` made, or a person edited.
    package static func read(_ folder: String) throws(StoreError) -> TestCase {
        let text: Bytes
        do {
            text = try bytes(of: "\(folder)/\(textName)")
        } catch {
            throw StoreError(error)
        }
        do {
            return try TestCase(decoding: text) { digest in
                try? bytes(of: "\(folder)/\(digest)")
            }
        } catch {
            throw StoreError(
                code: .corrupt, operation: "read \(folder)/\(textName)",
                reason: "line \(error.line): \(error.problem)")
        }
    }

    private static func bytes(of path: String) throws(SystemError) -> Bytes {
        try MappedFile.open(path).withBytes { span in
            let bytes = Span<UInt8>(_bytes: span)
            return bytes.indices.map { bytes[$0] }
        }
    }

    private static func write(_ bytes: Bytes, to path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError.last("make \(path)") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError.last("write \(path)") }
            written += count
        }
    }
}
