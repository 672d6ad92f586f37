/// `iconv` and wide streams load a converter for the character set of the moment, any of those
/// that are installed.
///
/// There are hundreds, of tables and loops. One that holds no bytes of a system call instruction
/// can call only what it imports, so for those the imports are enough.
struct CharacterConversion: Plugin {
    let name = "gconv"
    let addsOnce = true

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.refers(toTextWithPrefix: "gconv_init") else { return nil }
        let tree = reachability.program.search.tree
        let folders = reachability.pluginFolders("gconv")
        let files = folders.flatMap { folder in
            tree.names(in: folder).filter { $0.hasSuffix(".so") }.map { folder + "/" + $0 }
        }
        guard !files.isEmpty else { return nil }
        let scope = reachability.program.modules[0].scope
        var imported: Set<String> = []
        for path in files {
            guard let real = tree.resolve(path), let library = try? tree.files.elfFile(real) else {
                continue
            }
            if library.mayEnterKernel {
                _ = reachability.load(path, requester: 0, label: "converter \(path)") { _ in true }
                continue
            }
            for symbol in library.contents.symbols.symbols where !symbol.isDefined {
                imported.insert(symbol.name)
            }
        }
        for name in imported.sorted() {
            if let found = reachability.program.lookUp(name, scope: scope) {
                reachability.add(.symbol(found), label: "converters")
            }
        }
        return "the \(files.count) converters in \(folders.joined(separator: " "))"
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
