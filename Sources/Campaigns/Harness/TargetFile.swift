internal import Glibc
internal import Platform
internal import TestCases

/// What kind of file a target is, found out before anything is started.
package struct TargetFile: Sendable {
    /// The path as given.
    package let path: String
    /// The program whose code runs: the file itself with links resolved, or a script's
    /// interpreter.
    package let image: String
    package let isScript: Bool

    /// The longest chain of scripts that interpret scripts, as the kernel has it.
    private static let interpreterDepth = 4

    /// Finds out, or says in one sentence why the file cannot be a target.
    package static func inspect(_ path: String) throws(TargetError) -> TargetFile {
        var image = path
        for depth in 0...interpreterDepth {
            let head = try readHead(image)
            if head.starts(with: [0x23, 0x21]) {
                image = try interpreter(named: head, of: image)
                continue
            }
            try checkProgram(head, image)
            let resolved = SmallFile.resolve(image) ?? image
            return TargetFile(path: path, image: resolved, isScript: depth > 0)
        }
        throw TargetError("cannot run \(path): its interpreters are scripts too often in a row")
    }

    private static func readHead(_ path: String) throws(TargetError) -> Bytes {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let reason = SystemError.last("").reason
            throw TargetError("cannot run \(path): \(reason); give the path of a program")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TargetError("cannot run \(path): it is no regular file; give a program's path")
        }
        guard unsafe access(path, X_OK) == 0 else {
            throw TargetError("cannot run \(path): it is not executable; try chmod +x \(path)")
        }
        do {
            return try SmallFile.read(path, limit: 256)
        } catch {
            throw TargetError("cannot run \(path): \(error.reason)")
        }
    }

    private static func interpreter(named head: Bytes, of path: String) throws(TargetError) -> String {
        let line = head.dropFirst(2).prefix { $0 != 10 }
        let words = line.split { $0 == 32 || $0 == 9 }
        guard let first = words.first else {
            throw TargetError("cannot run \(path): its first line names no interpreter behind #!")
        }
        return String(decoding: first, as: UTF8.self)
    }

    /// See elf(5): magic, class, machine.
    private static func checkProgram(_ head: Bytes, _ path: String) throws(TargetError) {
        guard head.count >= 20, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw TargetError(
                "cannot run \(path): it is neither an ELF program nor a script with a #! line")
        }
        guard head[4] == 2 else {
            throw TargetError(
                "cannot trace \(path): it is a 32-bit program, and only x86-64 is supported")
        }
        let machine = UInt16(head[18]) | UInt16(head[19]) << 8
        guard machine == 62 else {
            let name = machine == 183 ? "aarch64" : "ELF machine \(machine)"
            throw TargetError("cannot trace \(path): it is for \(name), and only x86-64 is supported")
        }
    }
}

/// A target that cannot be run or traced; one sentence.
package struct TargetError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
