import Foundation

/// The rows of the table in `Documentation/Architecture.md`: which target may import which.
struct ArchitectureTable {
    struct Row {
        let isPure: Bool
        let imports: Set<String>
    }

    /// Names in the order of the table, which is the order of the layers.
    private(set) var order: [String] = []
    private(set) var rows: [String: Row] = [:]

    /// Reads ``| `Target` (pure) | what lives there | `Import` `Import` |``. A row may name several
    /// targets that share everything.
    init(markdown: String) {
        for line in markdown.split(separator: "\n") where line.hasPrefix("| `") {
            let columns = line.split(separator: "|", omittingEmptySubsequences: false)
            guard columns.count == 5 else { continue }
            let row = Row(
                isPure: columns[1].contains("(pure)"), imports: Set(Self.names(in: columns[3])))
            for name in Self.names(in: columns[1]) {
                order.append(name)
                rows[name] = row
            }
        }
    }

    /// What stands between backquotes.
    private static func names(in column: Substring) -> [String] {
        column.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// The targets that exist, by name, with what they depend on, from the package manifest; those
    /// that only tests use are left out.
    static func targets(of manifest: Manifest) -> [String: Set<String>] {
        let productive = manifest.targets.filter { target in
            target.type != "test"
                && !["Tests/", "Benchmarks/"].contains { (target.path ?? "").hasPrefix($0) }
        }
        return Dictionary(
            productive.map { target in
                (target.name, Set(target.dependencies.flatMap(\.byName).compactMap { $0 }))
            },
            uniquingKeysWith: { $0.union($1) })
    }
}

/// The part of `swift package dump-package` that says what the targets are.
struct Manifest: Decodable {
    struct Target: Decodable {
        let name: String
        let type: String
        let path: String?
        let dependencies: [Dependency]
    }

    struct Dependency: Decodable {
        /// The name, and a condition where there is one.
        let byName: [String?]
    }

    let targets: [Target]

    /// Asks the package manager about the package at that path, with a build folder of its own: the
    /// package's is locked while its tests run.
    static func dump(of package: String) throws -> Manifest {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fathom-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", package, "--scratch-path", folder.path,
            "dump-package",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Manifest.self, from: output)
    }
}
