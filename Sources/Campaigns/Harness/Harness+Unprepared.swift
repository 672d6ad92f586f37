package import Mutation
internal import Platform
internal import TestCases

/// What a command that nobody has described is given to begin with.
extension Harness {
    /// Puts a small file of each format that the program speaks of into the tree, and makes seeds
    /// that hand them over in the usual ways: as operands, behind a word, as standard input.
    ///
    /// Returns the formats; changes nothing where the program cannot be read, and leaves alone
    /// what the command line has said.
    package mutating func prepare(image: String) -> [SampleKind] {
        let kinds = Self.kinds(of: image)
        for kind in kinds {
            let path = Bytes(kind.fileName.utf8)
            guard !base.files.contains(where: { $0.path == path }) else { continue }
            base.files.append(
                TestCase.File(
                    path: path, kind: .regular(kind.content),
                    mode: kind == .script || kind == .elf ? 0o755 : 0o644))
        }
        seeds += kinds.flatMap(seeds(of:)) + general()
        return kinds
    }

    private static func kinds(of image: String) -> [SampleKind] {
        guard let file = try? MappedFile.open(image) else { return [.text] }
        return file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe SampleKind.kinds(
                    inProgram: Span(_unsafeElements: buffer.assumingMemoryBound(to: UInt8.self)))
            }
        }
    }

    private func seeds(of kind: SampleKind) -> [TestCase] {
        let name = Bytes(kind.fileName.utf8)
        var asInput = base
        if let inputFile {
            InputPlace.put(kind.content, at: inputFile, in: &asInput)
            return [asInput]
        }
        asInput.standardInput.bytes = kind.content
        return [with([name]), asInput] + Self.actions(on: kind).map { with($0 + [name]) }
    }

    /// What stands before an archive, or before what is to be put into one.
    private static func actions(on kind: SampleKind) -> [[Bytes]] {
        let words: [[String]] =
            switch kind {
            case .tar: [["-xf"], ["-tvf"], ["-cf", "made.tar", "notes.txt"], ["-rf"]]
            case .gzip, .bzip2, .xz, .zstandard: [["-d"]]
            case .patch: [["-i"]]
            default: []
            }
        return words.map { $0.map { Bytes($0.utf8) } }
    }

    /// What many programs understand: a word, an expression or a program before the file, two
    /// files, a folder.
    private func general() -> [TestCase] {
        guard inputFile == nil else { return [] }
        let text = SampleKind.text.fileName
        let operands = [
            ["a", text], [".", text], ["s/a/b/", text], ["s/a/b/w written", text], ["cat", text],
            [text, text], ["."],
        ]
        var asFilter = with([Bytes("a".utf8)])
        asFilter.standardInput.bytes = SampleKind.text.content
        return operands.map { with($0.map { Bytes($0.utf8) }) } + [
            asFilter, atTerminal(with([Bytes(text.utf8)])), asListed(),
        ]
    }

    /// The names of files of several kinds on standard input, as archivers and the like read them.
    private func asListed() -> TestCase {
        var testCase = base
        let shapes: [(String, FileShape)] = [
            ("folder", .directory), ("link", .symbolicLink), ("name", .hardLink), ("pipe", .fifo),
        ]
        for (name, shape) in shapes { testCase.files += shape.files(at: Bytes(name.utf8)) }
        let names = testCase.files.map(\.path)
        testCase.standardInput.bytes = Bytes(names.joined(separator: [0x0a])) + [0x0a]
        return testCase
    }

    /// Somebody sits there, and types what most interactive programs end for.
    private func atTerminal(_ testCase: TestCase) -> TestCase {
        var testCase = testCase
        testCase.standardInput = .init(kind: .terminal, bytes: Bytes(":q!\nq\nquit\n\u{18}n".utf8))
        testCase.descriptors = (1...2).map { .init(number: $0, source: .terminal) }
        return testCase
    }

    private func with(_ operands: [Bytes]) -> TestCase {
        var testCase = base
        testCase.arguments += operands
        return testCase
    }
}
