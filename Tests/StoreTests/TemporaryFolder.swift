import Foundation

/// A new folder, removed with what is in it when the value goes.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("fathom-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A file system of its own in memory; only root can make one.
final class TemporaryFileSystem: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path }

    static var isPossible: Bool { geteuid() == 0 && (try? TemporaryFileSystem(size: "64k")) != nil }

    init(size: String) throws {
        folder = try TemporaryFolder()
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(size)", "tmpfs", folder.path)
    }

    deinit {
        // Lazily: a database in it may be closed a moment later.
        try? Self.run("umount", "-l", folder.path)
    }

    func makeReadOnly() throws { try Self.run("mount", "-o", "remount,ro", path) }

    private struct Failure: Error {}

    private static func run(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
    }
}
