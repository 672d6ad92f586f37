internal import Platform
internal import Synchronization

/// The files that were read and decoded so far, for programs that share libraries.
final class ModuleStore: Sendable {
    private let files = Mutex<[String: ElfFile]>([:])
    private let summaries = Mutex<[String: Summary]>([:])
    private let targets = Mutex<[String: ReferenceTargets]>([:])
    private let converters = Mutex<[String: AheadOfTime<CharacterConversion.Folder>]>([:])
    /// What is worked out ahead of time about programs and their files; whoever makes the store has
    /// to end it.
    let work = AheadOfTimeWork()
    private let cache: SummaryCache?
    /// Of the files that are kept here, as long as they are: programs that share libraries pass
    /// them the same arguments.
    let flows = ValueFlows()

    /// - Parameter cache: what earlier extractions found out about single files.
    init(_ cache: SummaryCache? = nil) { self.cache = cache }

    /// The file of a tree at a path that no links lead away from, read on first use.
    func file(_ path: String, of tree: FileTree) throws(ExtractionError) -> ElfFile {
        if let known = files.withLock({ $0[path] }) { return known }
        let file = try tree.files.elfFile(path)
        // Others may have read it at the same time; all use the same one, which stays.
        return files.withLock { files in
            if let known = files[path] { return known }
            files[path] = file
            return file
        }
    }

    func summary(of file: ElfFile) throws(ExtractionError) -> Summary {
        if let known = summaries.withLock({ $0[file.path] }) { return known }
        let summary =
            if let cache { try cache.summary(of: file) } else { try Summary(of: file) }
        summaries.withLock { $0[file.path] = summary }
        return summary
    }

    /// What the converters in a folder of a tree are, or will be soon.
    func converters(
        in folder: String, of tree: FileTree
    ) -> AheadOfTime<CharacterConversion.Folder> {
        converters.withLock { converters in
            if let known = converters[folder] { return known }
            let new = work.begin { CharacterConversion.Folder(folder, of: tree) }
            converters[folder] = new
            return new
        }
    }

    /// - Parameter summary: the file's.
    func targets(of file: ElfFile, _ summary: Summary) -> ReferenceTargets {
        targets.withLock { targets in
            if let known = targets[file.path] { return known }
            let new = ReferenceTargets(file, summary)
            targets[file.path] = new
            return new
        }
    }
}
