internal import Glibc
internal import Platform
internal import Synchronization

/// What an extraction asks the file system, and what it was told.
///
/// Every access of an extraction to files and to the kernel's object goes through one of these,
/// so that nothing that a result depends on is missing from ``observations``.
final class FileRecord: Sendable {
    /// What a path leads to when the last component is not followed.
    enum Node: Sendable {
        case absent
        case plain
        /// A symbolic link, with what it holds.
        case link(String)
    }

    private struct State {
        var nodes: [ExactText: Node] = [:]
        var outcomes: [Observation: Outcome] = [:]
        /// Whether every question that was asked again had the same answer.
        var isSteady = true
    }

    private let hash: ContentHash?
    private let state = Mutex(State())

    /// - Parameter hash: what tells contents apart; without one, nothing is noted.
    init(hash: ContentHash? = nil) { self.hash = hash }

    // MARK: Questions

    func node(_ path: String) -> Node {
        let key = ExactText(path)
        if let known = state.withLock({ $0.nodes[key] }) { return known }
        let node = Node(at: path)
        state.withLock { $0.nodes[key] = node }
        return node
    }

    /// The names in a folder, sorted; nil when it cannot be read.
    func names(in folder: String) -> [String]? {
        let names = Self.readNames(folder)
        note(.names, folder) { Outcome(names: names, $0) }
        return names
    }

    /// The first bytes of a regular file, ``startSize`` of them or all.
    func start(of path: String) -> [UInt8]? {
        let result = Self.readStart(path)
        note(.start, path) { Outcome(start: result, $0) }
        return try? result.get()
    }

    /// A regular file, all of whose bytes count.
    func open(_ path: String) throws(SystemError) -> MappedFile {
        do throws(SystemError) {
            let file = try MappedFile.open(path)
            note(.contents, path) { Outcome(contents: file, $0) }
            return file
        } catch {
            note(.contents, path) { _ in .failed(error.code) }
            throw error
        }
    }

    /// The ELF file at a path that no links lead away from.
    func elfFile(_ path: String) throws(ExtractionError) -> ElfFile {
        let file: MappedFile
        do throws(SystemError) {
            file = try open(path)
        } catch {
            throw ExtractionError(code: .unreadable, path: path, reason: "\(error)")
        }
        let outcome = state.withLock { $0.outcomes[Observation(.contents, path)] }
        return try ElfFile.parse(file, digest: outcome?.digest)
    }

    /// The code that the running kernel maps into every process.
    func kernelObject() -> ElfFile? {
        let object = ElfFile.kernelObject()
        note(.kernelObject, "") { Outcome(kernelObject: object, $0) }
        return object
    }

    // MARK: Answers

    /// The cheapest to compare first; nil when a file changed in the meantime, or when nothing
    /// was noted.
    var observations: [(observation: Observation, outcome: Outcome)]? {
        guard let hash else { return nil }
        let (nodes, outcomes, isSteady) = state.withLock { ($0.nodes, $0.outcomes, $0.isSteady) }
        guard isSteady else { return nil }
        let asked = nodes.map { path, node in
            (observation: Observation(.node, path.text), outcome: Outcome(node, hash))
        }
        return (asked + outcomes.map { (observation: $0.key, outcome: $0.value) })
            .sorted {
                ($0.observation.kind, $0.observation.path)
                    < ($1.observation.kind, $1.observation.path)
            }
    }

    private func note(
        _ kind: Observation.Kind, _ path: String, _ outcome: (ContentHash) -> Outcome
    ) {
        guard let hash else { return }
        let outcome = outcome(hash)
        state.withLock { state in
            let known = state.outcomes.updateValue(outcome, forKey: Observation(kind, path))
            if let known, known != outcome { state.isSteady = false }
        }
    }
}

// MARK: - Asking the system

extension FileRecord {
    /// Enough for the header of an ELF file, and all that the kernel reads of a script's first
    /// line.
    static let startSize = 256

    static func readNames(_ folder: String) -> [String]? {
        guard let stream = unsafe opendir(folder) else { return nil }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(
                    cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    static func readStart(_ path: String) -> Result<[UInt8], SystemError> {
        do throws(SystemError) {
            let file = try MappedFile.open(path)
            return .success(
                file.withBytes { bytes in
                    (0..<min(startSize, bytes.byteCount)).map { bytes.integer(at: $0) ?? 0 }
                })
        } catch {
            return .failure(error)
        }
    }
}

extension FileRecord.Node {
    init(at path: String) {
        if let target = SmallFile.link(path) {
            self = .link(target)
        } else {
            let isThere = unsafe path.withKernelPath { unsafe access($0, F_OK) } == 0
            self = isThere ? .plain : .absent
        }
    }
}

/// A text that equals only one of the same bytes: names of files are no words of a language.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
