package import TestCases

/// What an execution has made: the file tree that it left, and what it wrote to standard output.
/// Formats with checksums, compression or an inner order cannot be guessed, but a program that
/// reads one mostly writes it, too.
package struct Artifact: Sendable {
    /// The test case whose execution it is of.
    package let maker: TestCase
    /// The tree as it was left.
    package let files: [TestCase.File]
    /// Of the tree, the paths of what is new or has changed.
    package let made: [Bytes]
    package let output: Bytes

    /// Output beyond is not kept.
    package static let outputLimit = 1 << 20

    /// - Parameter files: nil for a tree that is as the test case has it.
    ///
    /// Nil where nothing was made.
    package init?(of maker: TestCase, files: [TestCase.File]?, output: Bytes) {
        self.maker = maker
        self.files = files ?? maker.files
        self.output = output
        let known = Set(maker.files)
        made = self.files.filter { !known.contains($0) }.map(\.path)
        let isSmaller = self.files.count < maker.files.count
        guard !made.isEmpty || isSmaller || !output.isEmpty else { return nil }
    }

    /// In bytes, about what it takes to keep.
    package var size: Int {
        var tree = TestCase()
        tree.files = files
        return maker.size + tree.size + output.count
    }

    /// Whether there is more to it than output.
    package var hasTree: Bool { !made.isEmpty || files.count < maker.files.count }

    /// The entries of the tree's own folder that are new, have changed or hold such: what a person
    /// would name. Those that are not hidden come first.
    package var madeAtTop: [Bytes] {
        var tops: [Bytes] = []
        for path in made {
            let top = Bytes(path.prefix { $0 != UInt8(ascii: "/") })
            if !tops.contains(top) { tops.append(top) }
        }
        let isHidden = { (path: Bytes) in path.first == UInt8(ascii: ".") }
        return tops.filter { !isHidden($0) } + tops.filter(isHidden)
    }

    /// The made entries with the folders that they are in, without what was there before.
    package var madeFiles: [TestCase.File] {
        let made = Set(made)
        let folders = Set(self.made.flatMap(FileTree.ancestors(of:)))
        return files.filter { file in
            made.contains(file.path) || (folders.contains(file.path) && file.kind == .directory)
        }
    }

    /// The same for artifacts of which one is as good as the other: names, kinds, modes, about how
    /// long and how the content begins. Keys, dates and hashes differ each time.
    package var shape: Int {
        var hasher = Hasher()
        for file in files {
            hasher.combine(file.path)
            hasher.combine(file.mode)
            switch file.kind {
            case .regular(let bytes):
                hasher.combine(Self.magnitude(bytes.count))
                hasher.combine(bytes.prefix(Self.magicBytes))
            case .sparse(_, let bytes): hasher.combine(Self.magnitude(bytes.count))
            case .symbolicLink(let target), .hardLink(let target): hasher.combine(target)
            case .repeated(let repetition): hasher.combine(repetition)
            case .directory: hasher.combine(1)
            case .fifo: hasher.combine(2)
            case .socket: hasher.combine(3)
            case .device: hasher.combine(4)
            }
        }
        if !hasTree {
            hasher.combine(Self.magnitude(output.count))
            hasher.combine(output.prefix(Self.magicBytes))
        }
        return hasher.finalize()
    }

    /// As long as the names of formats that files begin with.
    private static let magicBytes = 8

    private static func magnitude(_ count: Int) -> Int {
        count == 0 ? 0 : Int.bitWidth - count.leadingZeroBitCount
    }

    /// Words of what was written, and the names of what was made: what a program calls things by,
    /// such as keys and versions, is taken by it as an operand as well.
    package var words: [Bytes] {
        let isPlain = { (byte: UInt8) in byte > 0x20 && byte < 0x7f }
        let said = output.prefix(Self.readOutput).split { !isPlain($0) }
            .map(Bytes.init).filter { (2...64).contains($0.count) }
        // The small files among those made hold names as well.
        let small = madeFiles.compactMap(FileTree.content(of:))
            .filter { (4...128).contains($0.count) && $0.allSatisfy { $0 >= 0x20 || $0 == 0x0a } }
            .flatMap { $0.split { !isPlain($0) }.prefix(4) }.map(Bytes.init)
            .filter { (2...64).contains($0.count) }
        return madeAtTop + Array(said.prefix(Self.wordLimit)) + Array(small.prefix(Self.wordLimit))
    }

    private static let readOutput = 4_096
    private static let wordLimit = 16
}
