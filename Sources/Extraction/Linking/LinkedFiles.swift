/// The files that the loader maps to start a program.
package enum LinkedFiles {
    /// Their paths, links resolved; none for what is no program that can be read.
    package static func paths(of program: String) -> [String] {
        let tree = FileTree(sysroot: nil)
        guard let path = tree.resolve(program), let files = try? Program(path, tree: tree) else {
            return []
        }
        return files.modules.map(\.file.path)
    }
}
