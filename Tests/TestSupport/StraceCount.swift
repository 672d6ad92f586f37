internal import Foundation

/// What `strace -f -c` counts for a command: the reference for the tracer.
package enum StraceCount {
    /// Whether strace is on this machine.
    package static let isAvailable = (try? Subprocess.run(["strace", "-V"]).status) == 0

    /// Returned calls by name.
    ///
    /// - Parameter intoFiles: whether the command writes to files; else to the null device.
    package static func of(
        _ command: [String], environment: [String: String], intoFiles: Bool = false
    ) throws -> [String: Int] {
        let folder = try TemporaryFolder()
        let file = folder.path + "/counts"
        _ = try Subprocess.run(
            ["strace", "-f", "-c", "-o", file, "--"] + command, environment: environment,
            capturing: intoFiles)
        let text = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            // % time, seconds, usecs/call, calls, errors (may be empty), syscall
            let cells = line.split(separator: " ")
            guard cells.count >= 5, cells[0].first?.isNumber == true, let calls = Int(cells[3]),
                let name = cells.last, name != "total"
            else { continue }
            counts[String(name)] = calls
        }
        guard !counts.isEmpty else {
            throw TestSupportError("strace counted nothing for \(command): \(text)")
        }
        return counts
    }
}
