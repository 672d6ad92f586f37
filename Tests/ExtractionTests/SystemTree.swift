import Extraction
import Foundation
import Syscalls

/// The root of a system of its own, as a container image has it: `/bin` and `/lib` are links into
/// `/usr`, some of them absolute.
struct SystemTree {
    let root: String

    static let libraries = "/usr/lib/x86_64-linux-gnu"

    init() throws {
        root = try CompiledProgram.temporaryPath("root")
        for folder in ["/usr/bin", "/usr/lib64", Self.libraries, "/etc"] {
            try FileManager.default.createDirectory(
                atPath: root + folder, withIntermediateDirectories: true)
        }
        try link("/bin", to: "usr/bin")
        try link("/lib", to: "/usr/lib")
        try link("/lib64", to: "/../../usr/lib64")
    }

    private func makeFolder(of path: String) throws {
        let folder = URL(filePath: root + path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func link(_ path: String, to target: String) throws {
        try makeFolder(of: path)
        try FileManager.default.createSymbolicLink(
            atPath: root + path, withDestinationPath: target)
    }

    func write(_ text: String, to path: String) throws {
        try makeFolder(of: path)
        try Data(text.utf8).write(to: URL(filePath: root + path))
    }

    func copy(_ file: String, to path: String) throws {
        try makeFolder(of: path)
        let source = URL(filePath: file).resolvingSymlinksInPath()
        try FileManager.default.copyItem(at: source, to: URL(filePath: root + path))
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: root + path)
    }

    /// Copies a program, and libraries of this system under the names by which they are needed.
    func add(_ program: String, at path: String, libraries: [String] = []) throws {
        try copy(program, to: path)
        for name in ["libc.so.6", "ld-linux-x86-64.so.2"] + libraries {
            let target = Self.libraries + "/" + name
            guard !FileManager.default.fileExists(atPath: root + target) else { continue }
            try copy(target, to: target)
        }
        let loader = "/usr/lib64/ld-linux-x86-64.so.2"
        guard !FileManager.default.fileExists(atPath: root + loader) else { return }
        try link(loader, to: "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    }

    /// A library whose function makes one call that no C library makes by itself.
    static func library(
        _ function: String, calls number: SyscallNumber, _ options: [String] = []
    ) throws -> String {
        try CompiledProgram.path(
            "calls-number",
            [
                "-shared", "-fPIC", "-nostdlib", "-DNAME=\(function)",
                "-DNUMBER=\(number.rawValue)",
            ] + options)
    }

    /// A program that is linked with a library and calls its function; it needs no C library.
    static func program(
        calling function: String, of library: String, _ options: [String] = []
    ) throws -> String {
        try CompiledProgram.path(
            "calls-name", ["-DNAME=\(function)", "-nostdlib", "-Wl,-e,main", library] + options)
    }

    func extract(
        _ path: String, libraries: [String] = [], without: Set<String> = [],
        cacheFolder: String? = nil
    ) throws -> StaticSet {
        try Extractor.extract(
            path,
            options: ExtractionOptions(
                sysroot: root, libraries: libraries, withoutAssumptions: without,
                cacheFolder: cacheFolder))
    }
}

extension SyscallNumber {
    /// Calls that stand for code being reached, as nothing in a small program makes them.
    static let marks = ["sethostname", "setdomainname", "reboot", "swapon", "acct", "sync"]
        .compactMap { SyscallNumber(name: $0) }
}
