/// The text files that the dynamic loader and the program that makes its cache read.
enum LoaderConfiguration {
    private static let includeDepth = 4

    /// The folders that a file in the format of `/etc/ld.so.conf` lists (ldconfig(8)).
    static func folders(_ tree: FileTree, file: String, depth: Int = 0) -> [String] {
        guard depth < includeDepth, tree.resolve(file) != nil else { return [] }
        return tree.lines(file).flatMap { line -> [String] in
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard let first = words.first else { return [] }
            switch first {
            case "include":
                return words.dropFirst().flatMap { word in
                    let base = file.split(separator: "/").dropLast().joined(separator: "/")
                    let pattern = word.hasPrefix("/") ? String(word) : "/\(base)/\(word)"
                    return tree.paths(matching: pattern)
                        .flatMap { folders(tree, file: $0, depth: depth + 1) }
                }
            case "hwcap": return []
            default:
                // Several on one line, or one with the type of its libraries behind it.
                return words.flatMap { $0.split { ":,".contains($0) } }
                    .compactMap { $0.split(separator: "=").first }
                    .filter { $0.hasPrefix("/") }.map(String.init)
            }
        }
    }

    /// The libraries that every program gets before those that it needs.
    static func preloaded(_ tree: FileTree) -> [String] {
        tree.lines("/etc/ld.so.preload").flatMap { line in
            line.prefix { $0 != "#" }.split { $0.isWhitespace || $0 == ":" }.map(String.init)
        }
    }
}

extension FileTree {
    /// The files whose paths match a pattern with wildcards in its last component (glob(7)),
    /// sorted; a pattern without wildcards is its own only match, whether it is there or not.
    func paths(matching pattern: String) -> [String] {
        let parts = pattern.split(separator: "/").map(String.init)
        guard let last = parts.last, last.contains(where: { "*?[".contains($0) }) else {
            return [pattern]
        }
        let folder = "/" + parts.dropLast().joined(separator: "/")
        return names(in: folder).filter { Self.matches($0, last) }.map { folder + "/" + $0 }
    }
}
