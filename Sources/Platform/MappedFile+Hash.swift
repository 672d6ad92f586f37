internal import TestCases

extension MappedFile {
    /// SHA-256 of the contents, in hexadecimal digits.
    package borrowing func contentHash() -> String {
        var hash = SHA256()
        withBytes { hash.update($0) }
        return hash.finish().hexadecimal
    }
}
