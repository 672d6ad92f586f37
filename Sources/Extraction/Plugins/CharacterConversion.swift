internal import Platform

/// `iconv` and wide streams load a converter for the character set of the moment, any of those
/// that are installed.
///
/// There are hundreds, of tables and loops. One that holds no bytes of a system call instruction
/// can call only what it imports, so for those the imports are enough.
struct CharacterConversion: Plugin {
    static let assumption = "gconv"
    let name = Self.assumption
    let addsOnce = true

    /// What the converters of one folder need.
    struct Folder: Sendable {
        let count: Int
        /// Those whose own code may enter the kernel.
        private(set) var callers: [String] = []
        /// The names that the others import.
        private(set) var imported: Set<String> = []

        /// Reads all of them.
        init(_ folder: String, of tree: FileTree) {
            let names = tree.names(in: folder).filter { $0.hasSuffix(".so") }
            count = names.count
            for path in names.map({ folder + "/" + $0 }) {
                guard let real = tree.resolve(path), let library = try? tree.files.elfFile(real)
                else { continue }
                guard !library.mayEnterKernel else {
                    callers.append(path)
                    continue
                }
                for symbol in library.contents.symbols.symbols where !symbol.isDefined {
                    imported.insert(symbol.name)
                }
            }
        }
    }

    /// Has the converters read in the meantime, for a program that will surely need to know.
    static func prepare(_ program: Program) {
        guard program.loader != nil,
            program.lookUp("gnu_get_libc_version", scope: program.modules.indices) != nil
        else { return }
        for folder in program.search.libraryFolders("gconv") {
            _ = program.converters(in: folder)
        }
    }

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.refers(toTextWithPrefix: "gconv_init") else { return nil }
        let folders = reachability.pluginFolders("gconv")
        let found = folders.map { reachability.program.converters(in: $0).value }
        let count = found.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        let scope = reachability.program.modules[0].scope
        for path in found.flatMap(\.callers) {
            _ = reachability.load(path, requester: 0, label: "converter \(path)") { _ in true }
        }
        let imported = Set(found.flatMap(\.imported))
        for name in imported.sorted() {
            if let found = reachability.program.lookUp(name, scope: scope) {
                reachability.add(.symbol(found), label: "converters")
            }
        }
        return "the \(count) converters in \(folders.joined(separator: " "))"
    }
}

extension ElfFile {
    /// Whether its code holds, at any place, the bytes of an instruction that enters the kernel:
    /// `syscall`, `sysenter` or `int 0x80`.
    var mayEnterKernel: Bool {
        withBytes { bytes in
            for range in contents.codeRanges {
                guard let start = fileOffset(of: range.lowerBound).map({ Int($0) }) else {
                    continue
                }
                for offset in start..<start + range.count {
                    switch bytes.integer(at: offset, as: UInt16.self) {
                    case 0x050f, 0x340f, 0x80cd: return true
                    default: continue
                    }
                }
            }
            return false
        }
    }
}
