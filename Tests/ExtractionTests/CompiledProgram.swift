import Foundation
import Synchronization

/// A program of `Tests/Programs`, built with the toolchain's clang into a temporary folder.
enum CompiledProgram {
    struct Failure: Error { let output: String }

    private static let built = Mutex<[String: String]>([:])

    /// The path of the program; each combination of source and options is built once.
    static func path(_ name: String, _ options: [String]) throws -> String {
        try built.withLock { paths in
            let key = ([name] + options).joined(separator: " ")
            if let path = paths[key] { return path }
            let source = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Programs/\(name).c").path
            let path = try temporaryPath(name)
            let result = try run(
                "/usr/bin/env", ["clang", "-fuse-ld=bfd", source, "-o", path] + options)
            guard result.status == 0 else { throw Failure(output: result.output) }
            paths[key] = path
            return path
        }
    }

    /// Options for a program without a C library.
    static let freestanding = ["-O1", "-nostdlib", "-static", "-fno-stack-protector"]

    /// Removed with everything in it when the tests end.
    private static let root: String = {
        atexit { try? FileManager.default.removeItem(atPath: CompiledProgram.rootPath) }
        return rootPath
    }()

    private static var rootPath: String {
        NSTemporaryDirectory() + "extraction-tests-\(ProcessInfo.processInfo.processIdentifier)"
    }

    /// A path for a new file in a folder of its own.
    static func temporaryPath(_ name: String) throws -> String {
        let folder = URL(filePath: root).appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appending(path: name).path
    }

    /// Writes bytes to a new file.
    static func file(_ bytes: [UInt8], name: String = "file") throws -> String {
        let path = try temporaryPath(name)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// Runs a command to its end; the output is what it wrote to either stream.
    static func run(
        _ command: String, _ arguments: [String], environment: [String: String]? = nil,
        folder: String? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: command)
        process.arguments = arguments
        if let environment { process.environment = environment }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
