import TestCases

extension Mutator {
    func changeFiles(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let count = testCase.files.count
        let index = generator.below(count)
        switch generator.below(count == 0 ? 4 : 15) {
        case 0, 1: addShape(to: &testCase, using: &generator)
        case 2: addOperand(to: &testCase, using: &generator)
        case 3:
            guard let donor = other?.files, !donor.isEmpty else {
                addShape(to: &testCase, using: &generator)
                return
            }
            splice(donor, into: &testCase.files, using: &generator)
        case 4: remove(testCase.files[index].path, from: &testCase.files)
        case 5, 6:
            let path = testCase.files[index].path
            let shape = generator.element(of: FileShape.allCases) ?? .text
            replace(path, by: shape.files(at: path), in: &testCase.files)
        case 7:
            testCase.files[index].mode =
                generator.element(of: [0, 0o444, 0o222, 0o111, 0o755, 0o600, 0o4755, 0o1777]) ?? 0
        case 8: rename(at: index, in: &testCase, using: &generator)
        case 9:
            // A second name for the same bytes, so that two operands are equal.
            var copy = testCase.files[index]
            copy.path += [UInt8(ascii: "2")]
            testCase.files.append(copy)
        case 10: reshapeOperands(of: &testCase, using: &generator)
        default: changeContent(at: index, in: &testCase, with: other, using: &generator)
        }
    }

    /// Adds a file of any shape, and half the time makes it an argument.
    func addShape(to testCase: inout TestCase, using generator: inout SeededGenerator) {
        let path = freshPath(in: testCase, using: &generator)
        let shape = generator.element(of: FileShape.allCases) ?? .text
        replace(path, by: shape.files(at: path), in: &testCase.files)
        guard generator.chance(1, in: 2) else { return }
        let arguments = testCase.arguments
        let operands = arguments.indices.filter { arguments[$0].first != 0x2d }
        if generator.chance(1, in: 2), let position = generator.element(of: operands) {
            testCase.arguments[position] = path
        } else {
            testCase.arguments.append(path)
        }
    }

    /// Makes files of one shape of all that arguments name: programs that compare or copy have ways
    /// for two of a kind.
    private func reshapeOperands(
        of testCase: inout TestCase, using generator: inout SeededGenerator
    ) {
        let shape = generator.element(of: FileShape.allCases) ?? .text
        for path in Set(testCase.arguments).sorted(by: { $0.lexicographicallyPrecedes($1) })
        where testCase.files.contains(where: { $0.path == path }) {
            replace(path, by: shape.files(at: path), in: &testCase.files)
        }
    }

    /// Makes a file of what an argument names.
    private func addOperand(to testCase: inout TestCase, using generator: inout SeededGenerator) {
        let paths = testCase.arguments.filter { argument in
            argument.count <= 255 && argument.first != 0x2d && TestCase.File.isPath(argument)
                && !testCase.files.contains { $0.path == argument }
        }
        guard let path = generator.element(of: paths) else {
            addShape(to: &testCase, using: &generator)
            return
        }
        let shape = generator.element(of: FileShape.allCases) ?? .text
        for directory in FileTree.ancestors(of: path)
        where !testCase.files.contains(where: { $0.path == directory }) {
            testCase.files.append(.init(path: directory, kind: .directory, mode: 0o755))
        }
        testCase.files += shape.files(at: path)
    }

    /// A short name, sometimes in a directory of the tree, sometimes one that is hard to handle.
    private func freshPath(
        in testCase: TestCase, using generator: inout SeededGenerator
    ) -> Bytes {
        let names = ["a", "b", "c", "d", "e", "f", "x.txt", "z.gz", "-n", ".hidden", "a b", "é\n"]
        var name = Bytes((generator.element(of: names) ?? "a").utf8)
        if generator.chance(1, in: 32) { name = Bytes(repeating: 0x6e, count: 255) }
        let directories = testCase.files.filter { $0.kind == .directory }
        if generator.chance(1, in: 4), let directory = generator.element(of: directories) {
            return directory.path + [0x2f] + name
        }
        return name
    }

    private func splice(
        _ donor: [TestCase.File], into files: inout [TestCase.File],
        using generator: inout SeededGenerator
    ) {
        guard let root = generator.element(of: donor)?.path else { return }
        let known = files
        let added = donor.filter { file in
            (file.path == root || FileTree.isBelow(file.path, root))
                && !known.contains { $0.path == file.path }
        }
        for directory in FileTree.ancestors(of: root)
        where !known.contains(where: { $0.path == directory }) {
            files.append(.init(path: directory, kind: .directory, mode: 0o755))
        }
        files += added
    }

    private func remove(_ path: Bytes, from files: inout [TestCase.File]) {
        files.removeAll { $0.path == path || FileTree.isBelow($0.path, path) }
    }

    /// Puts entries where the path was, so that what refers to it finds the new ones.
    private func replace(
        _ path: Bytes, by entries: [TestCase.File], in files: inout [TestCase.File]
    ) {
        remove(path, from: &files)
        files += entries
    }

    /// Gives an entry the name of an argument, or of another entry and this one's to that.
    private func rename(
        at index: Int, in testCase: inout TestCase, using generator: inout SeededGenerator
    ) {
        let old = testCase.files[index].path
        let names = testCase.arguments.filter { $0.count <= 255 && TestCase.File.isPath($0) }
        let new =
            generator.chance(1, in: 2)
            ? generator.element(of: testCase.files)?.path : generator.element(of: names)
        guard let new, new != old, !FileTree.isBelow(new, old), !FileTree.isBelow(old, new) else {
            return
        }
        for position in testCase.files.indices {
            let path = testCase.files[position].path
            testCase.files[position].path = FileTree.moved(path, between: old, and: new)
        }
    }

    private func changeContent(
        at index: Int, in testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let donor = generator.element(of: other?.files ?? []).flatMap(FileTree.content(of:))
        switch testCase.files[index].kind {
        case .regular(var bytes):
            if generator.chance(1, in: Sizes.rarity) {
                testCase.files[index].kind = .repeated(Sizes.repeated(bytes, using: &generator))
                return
            }
            // The old value must go first, or the bytes are copied before they are changed.
            testCase.files[index].kind = .fifo
            changeContent(
                &bytes, limit: InputLimits.fileBytes, other: donor, testCase: testCase,
                using: &generator)
            testCase.files[index].kind = .regular(bytes)
        case .sparse(_, let bytes):
            let holes: [UInt64] = [0, 1, 4_095, 4_096, 1 << 16, 1 << 26, InputLimits.holeBytes]
            testCase.files[index].kind = .sparse(
                hole: generator.element(of: holes) ?? 0, bytes)
        case .repeated(let repetition):
            testCase.files[index].kind = .repeated(Sizes.changed(repetition, using: &generator))
        case .symbolicLink:
            testCase.files[index].kind = .symbolicLink(
                target: path(in: testCase, using: &generator))
        case .hardLink:
            let target = path(in: testCase, using: &generator)
            testCase.files[index].kind = .hardLink(target: target)
        case .directory, .fifo, .socket, .device:
            testCase.files[index].kind = .regular(lines(in: testCase, using: &generator))
        }
    }
}

extension FileTree {
    /// The directories above the path, outermost first.
    static func ancestors(of path: Bytes) -> [Bytes] {
        path.indices.filter { path[$0] == 0x2f }.map { Bytes(path[..<$0]) }
    }

    static func isBelow(_ path: Bytes, _ directory: Bytes) -> Bool {
        path.count > directory.count && path[directory.count] == 0x2f
            && path.starts(with: directory)
    }

    /// The path after two entries, with what is below them, have changed places.
    static func moved(_ path: Bytes, between first: Bytes, and second: Bytes) -> Bytes {
        for (old, new) in [(first, second), (second, first)] {
            if path == old || isBelow(path, old) { return new + path.dropFirst(old.count) }
        }
        return path
    }
}
