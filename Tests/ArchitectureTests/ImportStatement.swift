/// One import of a source file.
struct ImportStatement: Equatable {
    /// How far the import reaches: `internal` where nothing is said.
    let access: String
    let module: String

    /// The imports of a Swift file, wherever they stand a line begins with one.
    static func all(in source: String) -> [ImportStatement] {
        source.split(separator: "\n").compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }.filter { !$0.hasPrefix("@") }
            let access = ["public", "package", "internal", "fileprivate", "private"]
            guard let keyword = words.firstIndex(of: "import"), words.count > keyword + 1,
                words[..<keyword].allSatisfy({ access.contains(String($0)) })
            else { return nil }
            // `import struct Module.Name` names the module behind the kind.
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let rest = words[(keyword + 1)...].drop { kinds.contains(String($0)) }
            guard let name = rest.first?.split(separator: ".").first else { return nil }
            return ImportStatement(
                access: words[..<keyword].first.map(String.init) ?? "internal", module: String(name)
            )
        }
    }
}
