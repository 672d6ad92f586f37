/// Finds programs by name or path in a tree, and the interpreters of scripts.
struct ProgramFinder {
    let tree: FileTree

    /// Where programs are looked up in a system that was set up as usual.
    private static let folders = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]
    /// How many interpreters of interpreters the kernel follows.
    private static let interpreterDepth = 4

    /// The path here of a program; nil when there is none.
    func find(_ name: String) -> String? {
        guard !name.contains("/") else { return tree.resolve(name) }
        return Self.folders.lazy.compactMap { tree.resolve($0 + "/" + name) }.first
    }

    /// The files whose code runs for a program, one after the other in the same process: itself,
    /// or its interpreter, and what `env` makes of it. Nil when one of them is not there.
    func images(of path: String) -> [String]? {
        var path = path
        var images: [String] = []
        for _ in 0...Self.interpreterDepth {
            guard let words = interpreter(of: path) else { return images + [path] }
            guard let first = words.first, let next = find(first) else { return nil }
            path = next
            guard tree.inTree(next).hasSuffix("/env") || first.hasSuffix("/env") else { continue }
            images.append(next)
            // Options of env and variables come before the name.
            guard
                let name = words.dropFirst().first(where: {
                    !$0.hasPrefix("-") && !$0.contains("=")
                }),
                let program = find(name)
            else { return nil }
            path = program
        }
        return nil
    }

    /// The words behind `#!` of a script; nil for another file.
    private func interpreter(of path: String) -> [String]? {
        guard let line = ScriptLine.read(path, tree.files) else { return nil }
        return line.split { $0 == " " || $0 == "\t" }.map(String.init)
    }
}
