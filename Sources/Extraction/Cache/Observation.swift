internal import Platform

/// One question to the system that an extraction depends on the answer of.
struct Observation: Hashable, Sendable {
    /// In the order of what it costs to ask again.
    enum Kind: UInt8, Comparable, Sendable {
        /// What is at a path: nothing, a link, or something else.
        case node
        /// The names in a folder.
        case names
        /// The first bytes of a file.
        case start
        /// The code that the kernel maps into processes; it has no path.
        case kernelObject
        /// All bytes of a file.
        case contents

        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    let kind: Kind
    private let exactPath: ExactText
    var path: String { exactPath.text }

    init(_ kind: Kind, _ path: String) {
        self.kind = kind
        exactPath = ExactText(path)
    }

    /// The answer of this moment.
    func outcome(_ hash: ContentHash) -> Outcome {
        switch kind {
        case .node: return Outcome(FileRecord.Node(at: path), hash)
        case .names: return Outcome(names: FileRecord.readNames(path), hash)
        case .start: return Outcome(start: FileRecord.readStart(path), hash)
        case .kernelObject: return Outcome(kernelObject: ElfFile.kernelObject(), hash)
        case .contents:
            do throws(SystemError) {
                return Outcome(contents: try MappedFile.open(path), hash)
            } catch {
                return .failed(error.code)
            }
        }
    }
}

/// An answer, short enough to keep: two of one kind are the same when these are equal.
enum Outcome: Hashable, Sendable {
    /// With an error number of the system, or zero where the reason does not matter.
    case failed(Int32)
    /// With a digest of what was found, and how many bytes that is.
    case found(ContentHash.Digest, size: UInt64)

    /// The digest of what was found.
    var digest: ContentHash.Digest? {
        guard case .found(let digest, size: _) = self else { return nil }
        return digest
    }

    private init(_ bytes: [UInt8], _ hash: ContentHash) {
        self = .found(
            unsafe bytes.withUnsafeBytes { unsafe hash.digest(of: $0) }, size: UInt64(bytes.count))
    }

    init(_ node: FileRecord.Node, _ hash: ContentHash) {
        switch node {
        case .absent: self = .failed(0)
        // No link is empty.
        case .plain: self = .found(ContentHash.Digest(high: 0, low: 0), size: 0)
        case .link(let target): self.init(Array(target.utf8), hash)
        }
    }

    init(names: [String]?, _ hash: ContentHash) {
        guard let names else {
            self = .failed(0)
            return
        }
        self.init(names.flatMap { Array($0.utf8) + [0] }, hash)
    }

    init(start: Result<[UInt8], SystemError>, _ hash: ContentHash) {
        switch start {
        case .success(let bytes): self.init(bytes, hash)
        case .failure(let error): self = .failed(error.code)
        }
    }

    init(contents file: borrowing MappedFile, _ hash: ContentHash) {
        let digest = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe hash.digest(of: $0) }
        }
        self = .found(digest, size: UInt64(file.count))
    }

    init(kernelObject: ElfFile?, _ hash: ContentHash) {
        guard let kernelObject else {
            self = .failed(0)
            return
        }
        self = kernelObject.withBytes { bytes in
            unsafe bytes.withUnsafeBytes {
                unsafe .found(hash.digest(of: $0), size: UInt64($0.count))
            }
        }
    }
}

extension Observation: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(kind.rawValue)
        entry.append(path)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        guard let kind = Kind(rawValue: try entry.integer()) else { throw EntryReader.Damage() }
        self.init(kind, try entry.text())
    }
}

extension Outcome: StoredRow {
    func write(to entry: inout EntryWriter) {
        switch self {
        case .failed(let code):
            entry.append(UInt8(0))
            entry.append(code)
        case .found(let digest, let size):
            entry.append(UInt8(1))
            entry.append(digest.high)
            entry.append(digest.low)
            entry.append(size)
        }
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        switch try entry.integer(UInt8.self) {
        case 0: self = .failed(try entry.integer())
        case 1:
            let high: UInt64 = try entry.integer()
            let low: UInt64 = try entry.integer()
            self = .found(
                ContentHash.Digest(high: high, low: low), size: try entry.integer())
        default: throw EntryReader.Damage()
        }
    }
}
