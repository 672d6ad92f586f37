import Foundation

/// Programs of this machine that tests run.
enum TestMachine {
    struct Outcome {
        let status: Int32
        let output: String
    }

    /// Runs a shell command; its output is what it wrote to either stream.
    static func shell(_ command: String, _ arguments: [String] = []) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command, "sh"] + arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    static func has(_ program: String) -> Bool {
        (try? shell("command -v \"$1\" && \"$1\" --version", [program]).status) == 0
    }

    /// Whether bubblewrap may make its namespaces here and strace may trace.
    static let canSandbox: Bool = {
        let bubblewrap = try? shell("bwrap --bind / / --dev-bind /dev /dev -- true")
        let strace = try? shell("strace -f -o /dev/null true")
        return bubblewrap?.status == 0 && strace?.status == 0
    }()

    static var clang: String? {
        ["/usr/bin/clang", "/opt/swift/usr/bin/clang"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        } ?? (try? shell("command -v clang"))?.output.split(separator: "\n").first.map(String.init)
    }

    /// A new folder that is removed after the body.
    static func inScratch<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fathom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
