internal import CZydis
internal import Platform

/// A folder of the user's own with what earlier extractions found out, one file for each entry.
///
/// An entry answers for a content: its name is a hash of it under a secret key of the folder, so
/// that no content can be made to pass for another. What is damaged or of another build is as
/// good as not there, and what cannot be written is left out.
final class CacheStore: Sendable {
    private let folder: PrivateFolder
    let hash: ContentHash
    /// Tells builds of this program, and of the decoder that it uses, apart.
    private let builder: ContentHash.Digest

    /// A sort of entries.
    struct Kind: Sendable {
        /// What their names end with.
        let suffix: String
        /// The word that they begin with.
        let magic: UInt64
        /// About how many bytes of them are kept.
        let largestSize: Int
    }

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

    private static func name(_ kind: Kind, _ content: ContentHash.Digest, size: Int) -> String {
        [content.high, content.low, UInt64(size)].map { String($0, radix: 16) }
            .joined(separator: "-") + kind.suffix
    }

    /// An entry begins with these words; the last two are a digest of what follows.
    private struct Header {
        var words: [UInt64]

        init(
            _ kind: Kind, content: ContentHash.Digest, builder: ContentHash.Digest,
            body: ContentHash.Digest
        ) {
            words = [
                kind.magic, builder.high, builder.low, content.high, content.low, body.high,
                body.low,
            ]
        }
    }

    private static let headerSize = 7 * 8

    /// What an entry holds, read to its end; nil where there is none.
    ///
    /// - Parameters:
    ///   - content: the digest of what the entry answers for.
    ///   - size: how many bytes that has.
    ///   - decode: throws for an entry that is no good, or no longer.
    func read<Value>(
        _ kind: Kind, of content: ContentHash.Digest, size: Int,
        _ decode: (inout EntryReader) throws(EntryReader.Damage) -> Value
    ) -> Value? {
        let name = Self.name(kind, content, size: size)
        guard let file = try? MappedFile.open(folder.path + "/" + name),
            file.count >= Self.headerSize
        else {
            return nil
        }
        let value = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer -> Value? in
                let body = unsafe UnsafeRawBufferPointer(rebasing: buffer[Self.headerSize...])
                let header = unsafe Header(
                    kind, content: content, builder: builder, body: hash.digest(of: body))
                let matches = unsafe header.words.withUnsafeBytes {
                    unsafe $0.elementsEqual(buffer[..<Self.headerSize])
                }
                guard matches else { return nil }
                var reader = unsafe EntryReader(body)
                guard let value = try? decode(&reader), reader.isAtEnd else { return nil }
                return value
            }
        }
        if value != nil { folder.touch(name) }
        return value
    }

    func write(_ body: EntryWriter, _ kind: Kind, of content: ContentHash.Digest, size: Int) {
        let digest = unsafe body.bytes.withUnsafeBytes { unsafe hash.digest(of: $0) }
        let header = Header(kind, content: content, builder: builder, body: digest)
        let bytes = unsafe header.words.withUnsafeBytes { unsafe Array($0) } + body.bytes
        let path = folder.path + "/" + Self.name(kind, content, size: size)
        guard (try? SmallFile.replace(path, with: bytes)) != nil else { return }
        // Looking at all entries takes longer than writing one.
        if digest.low & 15 == 0 { folder.prune(suffix: kind.suffix, to: kind.largestSize) }
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
        // Every draw asks the kernel.
        let words = (0..<ContentHash.keySize / 8).map { _ in generator.next() }
        let key = unsafe words.withUnsafeBytes { unsafe Array($0) }
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
