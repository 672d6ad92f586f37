import Foundation
import Testing

/// The package is what `Documentation/Architecture.md` says it is.
@Suite("Architecture")
struct ArchitectureTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Modules of the toolchain that a target may import when it is not pure.
    static let toolchain: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]

    let table: ArchitectureTable

    init() throws {
        let page = Self.root.appendingPathComponent("Documentation/Architecture.md")
        table = ArchitectureTable(markdown: try String(contentsOf: page, encoding: .utf8))
    }

    /// The Swift files of a target, with their imports.
    static func imports(of target: String) throws -> [(file: String, imports: [ImportStatement])] {
        let folder = root.appendingPathComponent("Sources/\(target)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let file = folder.appendingPathComponent(path)
            let source = try String(contentsOf: file, encoding: .utf8)
            return ("Sources/\(target)/\(path)", ImportStatement.all(in: source))
        }
    }

    @Test("the table has a row for each target of the manifest, with the same arrows")
    func manifest() throws {
        let targets = ArchitectureTable.targets(of: try Manifest.dump(of: Self.root.path))
        #expect(targets.count > 10)
        #expect(Set(table.order) == Set(targets.keys))
        #expect(table.order.count == table.rows.count, "a target has two rows")
        for (name, dependencies) in targets {
            let row = try #require(table.rows[name], "\(name) has no row")
            #expect(row.imports == dependencies, "\(name): left is the table, right the manifest")
        }
    }

    @Test("arrows only point to rows above")
    func layers() throws {
        for (position, name) in table.order.enumerated() {
            let above = Set(table.order[..<position])
            let row = try #require(table.rows[name])
            #expect(row.imports.subtracting(above) == [], "\(name)")
        }
    }

    @Test("a file imports only what its target's row names")
    func sources() throws {
        var count = 0
        for (name, row) in table.rows {
            let allowed = row.isPure ? row.imports : row.imports.union(Self.toolchain)
            for (file, imports) in try Self.imports(of: name) {
                count += imports.count
                #expect(Set(imports.map(\.module)).subtracting(allowed) == [], "\(file)")
            }
        }
        #expect(count > 100)
    }

    @Test("a pure target rests on pure targets only")
    func purity() {
        for (name, row) in table.rows where row.isPure {
            let impure = row.imports.filter { table.rows[$0]?.isPure != true }
            #expect(impure == [], "\(name)")
        }
        #expect(table.rows.values.contains { $0.isPure })
    }

    @Test("no C type and no type of the toolchain's libraries reaches a signature")
    func hiddenImports() throws {
        for name in table.order {
            for (file, imports) in try Self.imports(of: name) {
                let shown = imports.filter { statement in
                    let isC = table.order.contains(statement.module) && isCModule(statement.module)
                    return (isC || Self.toolchain.contains(statement.module))
                        && statement.access != "internal"
                }
                #expect(shown == [], "\(file)")
            }
        }
    }

    /// Whether a target holds a module map or C sources.
    private func isCModule(_ target: String) -> Bool {
        let folder = Self.root.appendingPathComponent("Sources/\(target)").path
        return ["module.modulemap", "include"].contains {
            FileManager.default.fileExists(atPath: folder + "/" + $0)
        }
    }

    @Test("imports are found in every form that the language has")
    func parsing() {
        let source = """
            // import Comment
            import Plain
            package import Shown
            @testable internal import Tested
            @preconcurrency import Foundation
            public import struct Module.Name
            let text = "import nothing"
            """
        #expect(
            ImportStatement.all(in: source) == [
                .init(access: "internal", module: "Plain"),
                .init(access: "package", module: "Shown"),
                .init(access: "internal", module: "Tested"),
                .init(access: "internal", module: "Foundation"),
                .init(access: "public", module: "Module"),
            ])
    }

    @Test("a row is read with all of its names")
    func rows() throws {
        let table = ArchitectureTable(
            markdown: """
                | target | what | imports |
                |---|---|---|
                | `A` `B` | maps of `code` | – |
                | `C` (pure) | values | `A` `B` |
                """)
        #expect(table.order == ["A", "B", "C"])
        let row = try #require(table.rows["C"])
        #expect(row.isPure)
        #expect(row.imports == ["A", "B"])
        #expect(table.rows["A"]?.imports == [])
    }
}
