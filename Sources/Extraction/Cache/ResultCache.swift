internal import Platform
internal import Syscalls

/// Whole sets of earlier extractions.
///
/// An entry answers for a request, a program's path with all options that its set depends on, and
/// is good as long as everything that the extraction learned from the system still is as it was.
struct ResultCache {
    private let store: CacheStore
    private let key: ContentHash.Digest
    private let keySize: Int

    private static let kind = CacheStore.Kind(
        // `FathomR1`.
        suffix: ".set", magic: 0x3152_6d6f_6874_6146, largestSize: 64 << 20)

    /// Nil for a request that is not made twice: every campaign sees numbers of its own.
    ///
    /// - Parameters:
    ///   - path: of the program, links resolved.
    ///   - root: of the tree, as ``FileTree/root``.
    init?(_ store: CacheStore, of path: String, root: String, _ options: ExtractionOptions) {
        guard options.evidence.numbers.isEmpty, options.evidence.functions.isEmpty else {
            return nil
        }
        self.store = store
        var request = EntryWriter()
        request.append(path)
        request.append(root)
        request.append(options.convention.rawValue)
        request.append(options.libraries)
        request.append(options.withoutAssumptions.sorted())
        request.append(Int64(options.programDepth))
        request.append(UInt8(options.findsWays ? 1 : 0))
        request.append(options.evidence.libraries.sorted())
        request.append(UInt8(options.evidence.reachesMain ? 1 : 0))
        key = unsafe request.bytes.withUnsafeBytes { unsafe store.hash.digest(of: $0) }
        keySize = request.bytes.count
    }

    /// The set, if all that it depends on is as it was.
    func find() -> StaticSet? {
        store.read(Self.kind, of: key, size: keySize) { reader throws(EntryReader.Damage) in
            let count: UInt64 = try reader.integer()
            for _ in 0..<count {
                let observation = try Observation(from: &reader)
                let outcome = try Outcome(from: &reader)
                guard observation.outcome(store.hash) == outcome else {
                    throw EntryReader.Damage()
                }
            }
            return try StaticSet(from: &reader)
        }
    }

    /// Keeps a set, unless something that it depends on has changed since it was asked for.
    func keep(_ set: StaticSet, _ record: FileRecord) {
        guard let observations = record.observations else { return }
        var body = EntryWriter()
        body.append(UInt64(observations.count))
        let hash = store.hash
        let isSteady = Parallel.map(observations.count) { index in
            observations[index].observation.outcome(hash) == observations[index].outcome
        }
        // A file that was written while it was analysed may have been seen in part.
        guard !isSteady.contains(false) else { return }
        for (observation, outcome) in observations {
            observation.write(to: &body)
            outcome.write(to: &body)
        }
        set.write(to: &body)
        store.write(body, Self.kind, of: key, size: keySize)
    }
}
