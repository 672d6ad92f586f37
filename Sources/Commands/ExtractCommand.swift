internal import Extraction
internal import Glibc
internal import Platform
internal import Policies
internal import Reporting
internal import Syscalls
internal import Texts

/// `fathom extract`: the static set of a program, without running it.
struct ExtractCommand: Command {
    static let name = "extract"
    static let summary = "Find the system calls that a program can make, without running it."
    static let usage = "BINARY [options]   or   --compare BINARY BINARY [options]"
    static let table = OptionTable<ExtractCommand>([
        .value("--explain", "NAME", \.explained, "show the way from a root to one call"),
        .value("--sysroot", "DIR", \.sysroot, "read the program and libraries below DIR"),
        .list("--library", "PATH", \.libraries, "count what a library exports; repeatable"),
        .list("--without", "NAME", \.excluded, "leave an assumption out; repeatable"),
        .flag("--after-main", \.startsAtMain, "leave out what happens before main"),
        .flag("--compare", \.compares, "show what the second of two programs calls otherwise"),
        .value(
            "--other-sysroot", "DIR", \.otherSysroot, "the system root of the second program"),
        .value("--bpf", "FILE", \.filter, "write a filter that kills what calls anything else"),
        .flag("--verbose", short: "-v", \.isVerbose, "show every place that was not resolved"),
        .flag("--no-cache", \.ignoresCache, "compute anew what is known from before"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
    ])

    var explained: String?
    var sysroot: String?
    var libraries: [String] = []
    var excluded: [String] = []
    var startsAtMain = false
    var compares = false
    var otherSysroot: String?
    var filter: String?
    var isVerbose = false
    var ignoresCache = false
    var asJSON = false
    private var binaries: [String] = []
    private var syscall: SyscallNumber?

    mutating func accept(operands: [String]) throws(UsageError) {
        guard !operands.isEmpty else {
            throw UsageError("extract needs a program: fathom extract diff")
        }
        binaries = operands
        if compares {
            // One program in two system roots is named once.
            if operands.count == 1, otherSysroot != nil { binaries += operands }
            guard binaries.count == 2 else {
                throw UsageError(
                    "--compare needs two programs: fathom extract --compare old/tool new/tool")
            }
            guard explained == nil else {
                throw UsageError("--compare shows the ways itself; leave --explain out")
            }
        } else {
            guard operands.count == 1 else {
                throw UsageError(
                    "extract takes one program, not also '\(operands[1])'; --compare takes two")
            }
            guard otherSysroot == nil else {
                throw UsageError("--other-sysroot needs --compare")
            }
        }
        guard filter == nil || (!compares && explained == nil) else {
            throw UsageError("--bpf is for a whole set; leave --compare and --explain out")
        }
        let names = Extractor.assumptionNames
        if let unknown = excluded.first(where: { !names.contains($0) }) {
            throw UsageError(
                "--without needs one of \(names.joined(separator: ", ")), not '\(unknown)'")
        }
        syscall = if let explained { try SyscallOperand.parse(explained) } else { nil }
    }

    /// 1 when the call that is to be explained is not in the set, or when two sets differ.
    func run(in terminal: Terminal) throws -> ExitCode {
        if compares { return try compare(terminal) }
        let set = try extract(binaries[0], sysroot: sysroot, terminal)
        if let syscall, set.entry(for: syscall) == nil {
            terminal.note("fathom: \(syscall) is not in the static set of \(set.binary)")
            return .negative
        }
        if let filter { try write(set, asFilter: filter) }
        let view = ExtractionView(set, only: syscall, isVerbose: isVerbose)
        if asJSON {
            terminal.print(try Terminal.json(view))
        } else {
            let width = terminal.tableWidth
            terminal.print(
                syscall == nil ? view.text(width: width) : view.explanation(width: width))
        }
        return .success
    }

    private func write(_ set: StaticSet, asFilter path: String) throws {
        let map = ActionMap(allowing: set.syscallsUnderFilter, denial: .kill)
        try OutputFile.create(path).write(bytes: try FilterProgram(map).bytes)
    }

    private func compare(_ terminal: Terminal) throws -> ExitCode {
        let comparison = ExtractionComparison(
            old: try extract(binaries[0], sysroot: sysroot, terminal),
            new: try extract(binaries[1], sysroot: otherSysroot ?? sysroot, terminal))
        terminal.print(
            asJSON
                ? try Terminal.json(comparison) : comparison.text(width: terminal.tableWidth))
        return comparison.isEqual ? .success : .negative
    }

    /// How many interpreters of interpreters the kernel follows.
    private static let interpreterDepth = 4

    private func extract(
        _ binary: String, sysroot: String?, _ terminal: Terminal
    ) throws -> StaticSet {
        if let sysroot { try Self.checkFolder(sysroot) }
        let options = ExtractionOptions(
            convention: startsAtMain ? .afterMain : .wholeProcess, sysroot: sysroot,
            libraries: try libraries.map { path throws(CommandFailure) in
                try Self.library(path, sysroot: sysroot)
            },
            withoutAssumptions: Set(excluded), findsWays: syscall != nil,
            cacheFolder: ignoresCache ? nil : CacheFolder.ofUser)
        var path = try Self.find(binary, sysroot: sysroot)
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
    private static func find(_ binary: String, sysroot: String?) throws -> String {
        guard !binary.contains("/") else { return binary }
        guard let sysroot else { return try Executable.find(binary) }
        let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        let paths = folders.map { $0 + "/" + binary }
        guard let path = paths.first(where: { unsafe access(sysroot + $0, F_OK) == 0 }) else {
            throw CommandFailure("cannot find a program named \(binary) below \(sysroot)")
        }
        return path
    }

    /// A library as the extractor takes it: names without a slash are looked up as the loader
    /// would, relative paths begin in the working directory.
    private static func library(
        _ path: String, sysroot: String?
    ) throws(CommandFailure) -> String {
        guard path.contains("/") else { return path }
        let candidates = sysroot.map { [$0 + "/" + path, path] } ?? [path]
        guard candidates.contains(where: { unsafe access($0, F_OK) == 0 }) else {
            throw CommandFailure("cannot read the library \(path): there is no such file")
        }
        return sysroot == nil ? SmallFile.resolve(path) ?? path : path
    }

    private static func checkFolder(_ path: String) throws(CommandFailure) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("cannot read the system root \(path): it is no folder")
        }
    }
}
