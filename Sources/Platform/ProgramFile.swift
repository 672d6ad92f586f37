internal import Glibc
internal import TestCases

/// What `execve(2)` would make of a file, found out by reading it.
///
/// The kernel answers with one of few error numbers; this says which of the many causes it is.
package enum ProgramFile {
    /// Why the file cannot be traced, as a clause that follows its name, such as "which is a
    /// directory"; nil where nothing seems to be wrong.
    package static func obstacle(at path: String) -> String? {
        obstacle(at: path, depth: 0)
    }

    /// The program whose code runs: the file itself, or what interprets it when it is a script.
    package static func image(of path: String) -> String {
        var image = path
        for _ in 0..<interpreterLimit {
            guard let head = try? SmallFile.read(image, limit: 256),
                head.starts(with: [0x23, 0x21]),
                let interpreter = interpreter(inScript: head)
            else { break }
            image = interpreter
        }
        return image
    }

    /// What the `#!` line of a script says: the interpreter, and all that stands behind it in one
    /// word, as the kernel hands it over; nil for any other file.
    package static func scriptLine(of path: String) -> (interpreter: String, option: String?)? {
        guard let head = try? SmallFile.read(path, limit: 256), head.starts(with: [0x23, 0x21]),
            let interpreter = interpreter(inScript: head)
        else { return nil }
        let blanks: Set<UInt8> = [32, 9]
        let line = head.dropFirst(2).prefix(254).prefix { $0 != 10 && $0 != 0 }
        let named = line.drop { blanks.contains($0) }.drop { !blanks.contains($0) }
        var rest = Array(named.drop { blanks.contains($0) })
        while let last = rest.last, blanks.contains(last) { rest.removeLast() }
        return (interpreter, rest.isEmpty ? nil : String(word: rest))
    }

    /// Whether this process may not read a file, which it may well execute.
    package static func isKeptFromReading(_ path: String) -> Bool {
        unsafe path.withKernelPath({ unsafe access($0, R_OK) }) != 0 && errno == EACCES
    }

    /// Whether whoever executes the file gets its owner's or its group's rights, see execve(2).
    package static func hasRightsOfItsOwn(_ path: String) -> Bool {
        var status = stat()
        guard unsafe path.withKernelPath({ unsafe stat($0, &status) }) == 0 else { return false }
        return status.st_mode & (S_ISUID | S_ISGID) != 0
    }

    /// Whether it does not get these because this process traces it.
    package static func losesRightsWhenTraced(_ path: String) -> Bool {
        geteuid() != 0 && hasRightsOfItsOwn(path)
    }

    /// How many interpreters of interpreters the kernel follows.
    private static let interpreterLimit = 5

    private static func obstacle(at path: String, depth: Int) -> String? {
        var status = stat()
        guard unsafe path.withKernelPath({ unsafe stat($0, &status) }) == 0 else {
            return errno == EACCES
                ? "which is in a folder that this user may not enter" : "which does not exist"
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { return "which is a directory" }
        guard status.st_mode & S_IFMT == S_IFREG else { return "which is no regular file" }
        guard unsafe path.withKernelPath({ unsafe access($0, X_OK) }) == 0 else {
            return "which is not executable; see chmod(1)"
        }
        // Programs may be executable without being readable; then the kernel's answer must do.
        guard let head = try? SmallFile.read(path, limit: 16_384) else { return nil }
        if head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { return obstacle(inELF: head) }
        guard head.starts(with: [0x23, 0x21]) else {
            return "which is neither an ELF program nor a script with a #! line"
        }
        guard let interpreter = interpreter(inScript: head) else {
            return "whose #! line names no interpreter"
        }
        if hasCarriageReturn(inScript: head) {
            return "whose #! line ends with a carriage return, which belongs to the name of the "
                + "interpreter; give it UNIX line ends, such as by sed -i 's/\\r$//'"
        }
        guard depth < interpreterLimit else { return "whose interpreters call each other" }
        return obstacle(at: interpreter, depth: depth + 1).map {
            "which is a script for \(interpreter), \($0)"
        }
    }

    private static func interpreter(inScript head: [UInt8]) -> String? {
        let line = head.dropFirst(2).prefix(254).prefix { $0 != 10 && $0 != 0 }
        let word = line.drop { $0 == 32 || $0 == 9 }.prefix { $0 != 32 && $0 != 9 }
        return word.isEmpty ? nil : String(word: word)
    }

    /// Whether the name that the kernel, or env(1), looks for ends with what ends a line elsewhere.
    private static func hasCarriageReturn(inScript head: [UInt8]) -> Bool {
        let line = head.dropFirst(2).prefix(254).prefix { $0 != 10 && $0 != 0 }
        guard line.last == 13 else { return false }
        let words = line.split { $0 == 32 || $0 == 9 }
        return words.count == 1 || words.first?.suffix(4) == [0x2f, 0x65, 0x6e, 0x76]
    }

    /// Offsets and values of elf(5).
    private static func obstacle(inELF head: [UInt8]) -> String? {
        guard head.count >= 64 else { return "which is cut off within its ELF header" }
        guard head[4] == 2 else { return "which is a 32-bit program; only x86-64 can be traced" }
        guard head[5] == 1, word(head, at: 18, bytes: 2) == 62 else {
            return "which is a program for another processor; only x86-64 can be traced"
        }
        guard [2, 3].contains(word(head, at: 16, bytes: 2)) else {
            return "which is an ELF file but no program"
        }
        guard let loader = loader(inELF: head),
            unsafe loader.withKernelPath({ unsafe access($0, F_OK) }) != 0
        else {
            return nil
        }
        return "which needs the loader \(loader), which does not exist"
    }

    /// The `PT_INTERP` string, nil where there is none or it is not in the part that was read.
    private static func loader(inELF head: [UInt8]) -> String? {
        guard let table = word(head, at: 32, bytes: 8), let size = word(head, at: 54, bytes: 2),
            let count = word(head, at: 56, bytes: 2)
        else { return nil }
        for index in 0..<count {
            let (entry, overflow) = table.addingReportingOverflow(index &* size)
            guard !overflow, let type = word(head, at: entry, bytes: 4) else { return nil }
            guard type == 3, let start = word(head, at: entry &+ 8, bytes: 8),
                start < head.count, let end = head[Int(start)...].firstIndex(of: 0)
            else { continue }
            return String(word: head[Int(start)..<end])
        }
        return nil
    }

    /// A little-endian number, nil where it does not lie in the bytes.
    private static func word(_ bytes: [UInt8], at offset: UInt64, bytes width: UInt64) -> UInt64? {
        let (end, overflow) = offset.addingReportingOverflow(width)
        guard !overflow, end <= bytes.count else { return nil }
        return (0..<width).reduce(0) { $0 | UInt64(bytes[Int(offset + $1)]) << ($1 * 8) }
    }
}
