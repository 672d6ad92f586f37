import Foundation
import Glibc
import Platform
import TestCases
import TestSupport
import Testing
import Tracing

/// A launch whose descriptors have numbers that no target is given.
final class Command: @unchecked Sendable {
    let folder: TemporaryFolder
    var launch: Launch
    private var opened: [Int32] = []

    init(_ words: [String], environment: [String] = ["LC_ALL=C"], input: String = "") throws {
        folder = try TemporaryFolder()
        let input = try folder.write(input, to: "input")
        launch = Launch(
            path: try Executable.find(words[0]), arguments: words.map { Array($0.utf8) },
            environment: environment.map { text in
                let parts = text.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return .init(name: Array(parts[0].utf8), value: Array(parts[1].utf8))
            }, descriptors: [])
        launch.hasFixedAddresses = true
        launch.startsSession = true
        try add(input, O_RDONLY, as: 0)
        try add(folder.path + "/output", O_RDWR | O_CREAT, as: 1)
        try add("/dev/null", O_WRONLY, as: 2)
    }

    deinit {
        for descriptor in opened { close(descriptor) }
    }

    func add(_ path: String, _ flags: Int32, as number: Int32) throws {
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 600)
        close(descriptor)
        try #require(moved >= 0)
        opened.append(moved)
        launch.descriptors.removeAll { $0.number == number }
        launch.descriptors.append(.init(number: number, source: moved))
    }

    /// What was written to descriptor 1 since the last time.
    func takeOutput() throws -> String {
        let path = folder.path + "/output"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        _ = unsafe truncate(path, 0)
        for descriptor in opened { lseek(descriptor, 0, SEEK_SET) }
        return text
    }
}
