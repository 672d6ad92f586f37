import Foundation

/// The system calls of one run of a program, as strace(1) sees them.
struct ObservedCalls {
    struct Call: Hashable {
        let name: String
        /// File and offset of the instruction, nil where the log does not tell.
        let module: String?
        let offset: UInt64
    }

    private struct Mapping {
        let addresses: Range<UInt64>
        let offset: UInt64
        let path: String?
    }

    /// What processes that ran the program's own image called.
    private(set) var calls: Set<Call> = []

    static let isAvailable: Bool = {
        guard let result = try? CompiledProgram.run("/usr/bin/env", ["strace", "-V"]) else {
            return false
        }
        return result.status == 0
    }()

    /// Runs a shell command; only calls of processes in the program's image count.
    static func record(of program: String, _ command: String, folder: String) throws -> Self {
        let log = try CompiledProgram.temporaryPath("log")
        _ = try CompiledProgram.run(
            "/usr/bin/env",
            [
                "strace", "-f", "-i", "-y", "-qq", "-s", "4096", "-o", log, "setarch", "-R",
                "/bin/sh", "-c", command,
            ], folder: folder)
        let image = URL(filePath: program).resolvingSymlinksInPath().path
        var observed = ObservedCalls()
        observed.read(try String(contentsOfFile: log, encoding: .utf8), image, try loader())
        return observed
    }

    /// Where the loader is mapped without address randomisation.
    private static func loader() throws -> [Mapping] {
        let maps = try CompiledProgram.run(
            "/usr/bin/env", ["setarch", "-R", "cat", "/proc/self/maps"])
        return maps.output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 6, words[5].contains("/ld-linux") else { return nil }
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            return Mapping(
                addresses: ends[0]..<ends[1], offset: UInt64(words[2], radix: 16) ?? 0,
                path: String(words[5]))
        }
    }

    private mutating func read(_ log: String, _ image: String, _ loader: [Mapping]) {
        let row = /(\d+) +\[([0-9a-f?]+)\] (\w+)\((.*)/
        let mapped = /= (0x[0-9a-f]+)$/
        let mapArguments = /[^,]+, (\d+), [^,]+, [^,]+, \d+<([^>]+)>, (?:0x)?([0-9a-f]+)\).*/
        var isTarget: [Substring: Bool] = [:]
        var mappings: [Substring: [Mapping]] = [:]
        // Processes within a call that makes a child, and the children of those that returned.
        var forking: [Substring] = []
        var parents: [Substring: Substring] = [:]
        // Images of processes within an execve.
        var executing: [Substring: String] = [:]
        let executed = /(\d+) .*execve.* = 0/
        let forked = /(\d+) .*\b(?:clone3?|v?fork)\b.* = (\d+)/
        for line in log.split(separator: "\n") {
            if let match = line.wholeMatch(of: forked) {
                parents[match.2] = match.1
                forking.removeAll { $0 == match.1 }
            }
            if let match = line.wholeMatch(of: executed), let path = executing[match.1] {
                isTarget[match.1] = path == image
                mappings[match.1] = loader
            }
            guard let match = line.wholeMatch(of: row) else { continue }
            let (process, name, rest) = (match.1, match.3, match.4)
            if isTarget[process] == nil {
                let parent = parents[process] ?? forking.last
                isTarget[process] = parent.flatMap { isTarget[$0] } ?? false
                mappings[process] = parent.flatMap { mappings[$0] } ?? []
            }
            if ["clone", "clone3", "fork", "vfork"].contains(name), rest.contains("<unfinished") {
                forking.append(process)
            }
            if isTarget[process] == true, name != "execve" {
                let address = UInt64(match.2, radix: 16) ?? 0
                let place = mappings[process]?.last { $0.addresses.contains(address) }
                // The log shows the address behind the instruction.
                let offset = place.map { address - $0.addresses.lowerBound + $0.offset - 2 }
                calls.insert(
                    Call(name: String(name), module: place?.path, offset: offset ?? 0))
            }
            if name == "execve" {
                let path = rest.dropFirst().prefix { $0 != "\"" }
                let real = URL(filePath: String(path)).resolvingSymlinksInPath().path
                executing[process] = real
                guard rest.hasSuffix("= 0") else { continue }
                isTarget[process] = real == image
                mappings[process] = loader
            } else if name == "mmap", let result = rest.firstMatch(of: mapped) {
                guard let start = UInt64(result.1.dropFirst(2), radix: 16) else { continue }
                let file = rest.wholeMatch(of: mapArguments)
                let size = rest.split(separator: ", ").dropFirst().first.flatMap { UInt64($0) }
                mappings[process]?.append(
                    Mapping(
                        addresses: start..<start + ((size ?? 0) + 4095) / 4096 * 4096,
                        offset: file.flatMap { UInt64($0.3, radix: 16) } ?? 0,
                        path: file.map { String($0.2) }))
            }
        }
    }
}
