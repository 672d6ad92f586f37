internal import Extraction
internal import Glibc
internal import Platform
internal import Reporting
internal import Syscalls

/// `fathom extract`: the static set of a program, without running it.
struct ExtractCommand: Command {
    static let name = "extract"
    static let summary = "Find the system calls that a program can make, without running it."
    static let usage = "BINARY [options]"
    static let table = OptionTable<ExtractCommand>([
        .value("--explain", "NAME", \.explained, "show the way from a root to one call"),
        .value("--sysroot", "DIR", \.sysroot, "read the program and libraries below DIR"),
        .flag("--after-main", \.startsAtMain, "leave out what happens before main"),
        .flag("--no-cache", \.ignoresCache, "decode files anew that were decoded before"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
    ])

    var explained: String?
    var sysroot: String?
    var startsAtMain = false
    var ignoresCache = false
    var asJSON = false
    private var binary = ""
    private var syscall: SyscallNumber?

    mutating func accept(operands: [String]) throws(UsageError) {
        guard let first = operands.first else {
            throw UsageError("extract needs a program: fathom extract diff")
        }
        guard operands.count == 1 else {
            throw UsageError("extract takes one program, not also '\(operands[1])'")
        }
        binary = first
        syscall = if let explained { try SyscallOperand.parse(explained) } else { nil }
    }

    /// 1 when the call that is to be explained is not in the set.
    func run(in terminal: Terminal) throws -> ExitCode {
        let set = try extract(terminal)
        if let syscall, set.entry(for: syscall) == nil {
            terminal.note("fathom: \(syscall) is not in the static set of \(set.binary)")
            return .negative
        }
        let view = ExtractionView(set, only: syscall)
        if asJSON {
            terminal.print(try Terminal.json(view))
        } else {
            let width = terminal.tableWidth
            terminal.print(
                syscall == nil ? view.text(width: width) : view.explanation(width: width))
        }
        return .success
    }

    /// How many interpreters of interpreters the kernel follows.
    private static let interpreterDepth = 4

    private func extract(_ terminal: Terminal) throws -> StaticSet {
        if let sysroot { try Self.checkFolder(sysroot) }
        let options = ExtractionOptions(
            convention: startsAtMain ? .afterMain : .wholeProcess, sysroot: sysroot,
            cacheFolder: ignoresCache ? nil : CacheFolder.ofUser)
        var path = try find()
        for _ in 0...Self.interpreterDepth {
            do throws(ExtractionError) {
                return try Extractor.extract(path, options: options)
            } catch {
                guard case .script(let interpreter) = error.code else { throw error }
                terminal.note("\(path) is a script; this is about its interpreter \(interpreter).")
                path = interpreter
            }
        }
        throw CommandFailure("cannot extract from \(binary): its interpreters are scripts again")
    }

    /// The path of the program; a name without a slash is looked up as a shell would.
    private func find() throws -> String {
        guard !binary.contains("/") else { return binary }
        guard let sysroot else { return try Executable.find(binary) }
        let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        let paths = folders.map { $0 + "/" + binary }
        guard let path = paths.first(where: { unsafe access(sysroot + $0, F_OK) == 0 }) else {
            throw CommandFailure("cannot find a program named \(binary) below \(sysroot)")
        }
        return path
    }

    private static func checkFolder(_ path: String) throws(CommandFailure) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("cannot read the system root \(path): it is no folder")
        }
    }
}
