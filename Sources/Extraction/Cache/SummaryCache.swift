/// Summaries of files that were seen before; an entry answers for the bytes of a file, wherever it
/// lies.
struct SummaryCache: Sendable {
    private let store: CacheStore

    init(_ store: CacheStore) { self.store = store }

    private static let kind = CacheStore.Kind(
        // `FathomS1`.
        suffix: ".summary", magic: 0x3153_6d6f_6874_6146, largestSize: 512 << 20)

    /// The summary of a file, as ``Summary/init(of:)`` makes it.
    func summary(of file: ElfFile) throws(ExtractionError) -> Summary {
        let size = file.withBytes { $0.byteCount }
        let digest = file.digest ?? self.digest(of: file)
        let known = store.read(Self.kind, of: digest, size: size) {
            reader throws(EntryReader.Damage) in
            try Summary(from: &reader)
        }
        if let known { return known }
        let summary = try Summary(of: file)
        // Of a file that is written in the meantime, it may be a summary of other bytes.
        guard self.digest(of: file) == digest else { return summary }
        var body = EntryWriter()
        summary.write(to: &body)
        store.write(body, Self.kind, of: digest, size: size)
        return summary
    }

    private func digest(of file: ElfFile) -> ContentHash.Digest {
        file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe store.hash.digest(of: $0) }
        }
    }
}
