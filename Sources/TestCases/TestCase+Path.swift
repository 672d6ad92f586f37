extension TestCase.File {
    /// Whether the bytes name an entry below the scratch directory and nothing outside of it: at
    /// most 4,095 bytes of components of 1 to 255 bytes, none of them `.` or `..`, without NUL.
    package static func isPath(_ path: Bytes) -> Bool {
        guard !path.isEmpty, path.count <= 4_095, !path.contains(0) else { return false }
        return path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { component in
                (1...255).contains(component.count) && !component.elementsEqual([0x2e])
                    && !component.elementsEqual([0x2e, 0x2e])
            }
    }

    /// The path of the directory that holds the entry; nil for one in the scratch directory.
    package var parent: Bytes? {
        path.lastIndex(of: UInt8(ascii: "/")).map { Bytes(path[..<$0]) }
    }
}
