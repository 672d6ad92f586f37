internal import FoundationEssentials
package import Platform
package import Syscalls
import TestCases
package import Traces

/// A campaign's folder, owned by this process.
///
/// At most one process owns a folder; the lock goes with the value or the process. Readers may
/// open the folder meanwhile.
package struct CampaignWriter: ~Copyable {
    /// Reads what this process has saved.
    package let reader: CampaignReader
    /// Ids of test cases whose readable files could not be written, with why; they are in the
    /// database, and tried again with the next batch and when the folder is opened again.
    package private(set) var unwritten: [String: SystemError] = [:]
    private let lock: OwnerLock
    let corpus: CorpusFolder

    /// Makes the folder or opens it, brings an older file up to date, and completes the readable
    /// files that a crash left out.
    package static func open(_ folder: String) throws(StoreError) -> CampaignWriter {
        let paths = CampaignPaths(folder)
        do {
            try Directory.make(folder)
        } catch {
            throw StoreError(error)
        }
        try checkContent(of: folder)
        let lock = try OwnerLock.acquire(paths.lock, of: folder)
        let database = try Database.open(paths.database, mode: .owner)
        // A file that is not ours must not be changed, not even its journal mode.
        _ = try database.schemaVersion(newest: Migration.all.count)
        // With a log beside the file readers see the last commit while the next is written, and a
        // killed writer leaves the file as it was.
        try database.run("PRAGMA journal_mode = WAL")
        // One fsync for each commit. Batches come once a second or so, which makes that cheap, and
        // what commit returned for survives the machine's crash, not only the process's.
        try database.run("PRAGMA synchronous = FULL")
        try database.run("PRAGMA foreign_keys = ON")
        // The log is cut back after a reader held it up.
        try database.run("PRAGMA journal_size_limit = 16777216")
        try database.migrate(through: Migration.all)
        var writer = CampaignWriter(
            reader: CampaignReader(folder: folder, database: database), lock: lock,
            corpus: CorpusFolder(paths.corpus))
        try writer.completeCorpus()
        return writer
    }

    private init(
        reader: consuming CampaignReader, lock: consuming OwnerLock, corpus: CorpusFolder
    ) {
        self.reader = reader
        self.lock = lock
        self.corpus = corpus
    }

    /// Saves the batch. When this returns all of it is safe; when it throws, none of it is saved
    /// and everything before still is.
    package mutating func commit(_ batch: Batch) throws(StoreError) {
        try reader.database.transaction { () throws(StoreError) in
            for (name, value) in batch.facts { try save(fact: value, named: name) }
            for (name, value) in batch.counters { try save(counter: value, named: name) }
            for (name, bytes) in batch.documents { try save(document: bytes, named: name) }
            for find in batch.finds { try save(find) }
            for feature in batch.features { try save(feature) }
            for observation in batch.observations { try save(observation) }
            for position in batch.executedSeeds { try noteExecuted(seedAt: position) }
            if let sample = batch.sample { try save(sample) }
        }
        // Files of a folder that is elsewhere by now would make one here.
        guard case .asBefore = lock.place else { return }
        let waiting = unwritten.keys.sorted()
        for find in batch.finds { writeFiles(of: find.testCase, id: find.entry.id) }
        for id in waiting { writeFiles(of: id) }
    }

    /// Why nothing more should be found for the folder: it is not where it was. Nil where it is.
    ///
    /// What is committed is saved all the same, wherever the folder is.
    package var loss: StoreError? {
        let reason: String
        switch lock.place {
        case .asBefore: return nil
        case .moved(let place):
            reason =
                "it was moved to \(place) meanwhile, where all that was found is saved; go on "
                + "there with --campaign"
        case .removed: reason = "it was removed meanwhile, with what was found"
        }
        return StoreError(code: .missing, operation: "go on with \(reader.folder)", reason: reason)
    }

    /// Saves the static set in place of the one that is there.
    package func save(_ staticSet: StaticSet) throws(StoreError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes: Bytes
        do {
            bytes = Bytes(try encoder.encode(staticSet))
        } catch {
            throw StoreError(
                code: .system, operation: "save the static set", reason: "\(error)")
        }
        try reader.database.transaction { () throws(StoreError) in
            try save(document: bytes, named: StaticSet.documentName)
        }
    }

    /// Puts these observations in place of all that are there: phases have been learned anew.
    package func replaceObservations(
        with observations: [Observation]
    ) throws(StoreError) {
        try reader.database.transaction { () throws(StoreError) in
            try reader.database.run("DELETE FROM site")
            try reader.database.run("DELETE FROM observation")
            for observation in observations { try save(observation) }
        }
    }

    // MARK: - Files

    private mutating func writeFiles(of testCase: TestCase, id: String) {
        do {
            try corpus.write(testCase)
            unwritten[id] = nil
        } catch {
            unwritten[id] = error
        }
    }

    /// For a test case whose contents only the database has.
    private mutating func writeFiles(of id: String) {
        // What cannot be read has no readable form; `problems()` says so.
        guard let testCase = try? reader.testCase(id) else { return }
        writeFiles(of: testCase, id: id)
    }

    private mutating func completeCorpus() throws(StoreError) {
        for id in try reader.testCaseIDs() where !corpus.contains(id) { writeFiles(of: id) }
    }
}
