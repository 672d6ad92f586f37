internal import CZydis
internal import Platform

/// Summaries of files that were seen before, one file each in a folder of the user's own.
///
/// An entry answers for the bytes of a file, wherever it lies: its name is a hash of all of them
/// under a secret key of the folder, so that no file can be made to pass for another. What is
/// damaged or of another build is made again, and what cannot be written is left out.
final class SummaryCache: Sendable {
    private let folder: PrivateFolder
    private let hash: ContentHash
    /// Tells builds of this program, and of the decoder that it uses, apart.
    private let builder: ContentHash.Digest

    /// About how many bytes of entries are kept.
    static let largestSize = 512 << 20

    /// Nil for a folder that cannot be made, or that others than this user may write to: its
    /// entries would be theirs.
    init?(folder path: String) {
        guard let folder = PrivateFolder(making: path), let key = Self.key(in: folder),
            let hash = ContentHash(key: key), let program = Executable.identity
        else { return nil }
        self.folder = folder
        self.hash = hash
        let facts = [UInt64(Summary.version), ZydisGetVersion()] + program
        builder = unsafe facts.withUnsafeBytes { unsafe hash.digest(of: $0) }
    }

    /// The summary of a file, as ``Summary/init(of:)`` makes it.
    func summary(of file: ElfFile) -> Summary {
        let (digest, size) = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe (hash.digest(of: $0), $0.count) }
        }
        let name = Self.name(digest, size: size)
        if let known = read(name, of: digest) { return known }
        let summary = Summary(of: file)
        write(summary, of: digest, to: name)
        return summary
    }

    private static let suffix = ".summary"

    private static func name(_ digest: ContentHash.Digest, size: Int) -> String {
        [digest.high, digest.low, UInt64(size)].map { String($0, radix: 16) }
            .joined(separator: "-") + suffix
    }

    // MARK: Entries

    /// An entry begins with these words; the last two are a digest of what follows.
    private struct Header {
        /// `FathomS1`.
        static let magic: UInt64 = 0x3153_6d6f_6874_6146

        var words: [UInt64]

        init(content: ContentHash.Digest, builder: ContentHash.Digest, body: ContentHash.Digest) {
            words = [
                Self.magic, builder.high, builder.low, content.high, content.low, body.high,
                body.low,
            ]
        }
    }

    private static let headerSize = 7 * 8

    private func read(_ name: String, of content: ContentHash.Digest) -> Summary? {
        guard let file = try? MappedFile.open(folder.path + "/" + name),
            file.count >= Self.headerSize
        else {
            return nil
        }
        let summary = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer -> Summary? in
                let body = unsafe UnsafeRawBufferPointer(rebasing: buffer[Self.headerSize...])
                let header = unsafe Header(
                    content: content, builder: builder, body: hash.digest(of: body))
                let matches = unsafe header.words.withUnsafeBytes {
                    unsafe $0.elementsEqual(buffer[..<Self.headerSize])
                }
                guard matches else { return nil }
                var reader = unsafe EntryReader(body)
                guard let summary = try? Summary(from: &reader), reader.isAtEnd else {
                    return nil
                }
                return summary
            }
        }
        if summary != nil { folder.touch(name) }
        return summary
    }

    private func write(_ summary: Summary, of content: ContentHash.Digest, to name: String) {
        var body = EntryWriter()
        summary.write(to: &body)
        let digest = unsafe body.bytes.withUnsafeBytes { unsafe hash.digest(of: $0) }
        let header = Header(content: content, builder: builder, body: digest)
        let bytes = unsafe header.words.withUnsafeBytes { unsafe Array($0) } + body.bytes
        guard (try? SmallFile.replace(folder.path + "/" + name, with: bytes)) != nil else { return }
        // Looking at all entries takes longer than writing one.
        if content.low & 15 == 0 { folder.prune(suffix: Self.suffix, to: Self.largestSize) }
    }

    /// The folder's secret, drawn when it is first used. Of several processes that begin at the
    /// same time, the last to write has its own stand; the others' entries do not match it and
    /// are made again.
    private static func key(in folder: PrivateFolder) -> [UInt8]? {
        let path = folder.path + "/key"
        if let key = try? SmallFile.read(path, limit: 2 * ContentHash.keySize),
            key.count == ContentHash.keySize
        {
            return key
        }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<ContentHash.keySize).map { _ in
            UInt8(truncatingIfNeeded: generator.next())
        }
        guard (try? SmallFile.replace(path, with: key)) != nil else { return nil }
        return key
    }
}

/// Where the cache of the user who runs this process is.
package enum CacheFolder {
    /// `fathom` in the cache folder of the XDG Base Directory Specification; nil where the
    /// environment names neither that nor a home.
    package static var ofUser: String? {
        if let cache = Environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return cache + "/fathom"
        }
        guard let home = Environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.cache/fathom"
    }
}
