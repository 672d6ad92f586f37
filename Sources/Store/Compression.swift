internal import CZlib
import TestCases

/// Bytes as the database keeps them: deflated when that pays.
struct PackedBytes {
    /// What is not worth a decompression.
    static let smallestDeflated = 1_024
    /// No more is inflated, whatever a damaged file says.
    static let largestPlain = 256 << 20

    let content: Bytes
    /// The count before deflating; nil for bytes kept as they are.
    let plainSize: Int?

    /// Deflates what is longer than ``smallestDeflated`` and gets shorter.
    init(packing bytes: Bytes) {
        guard bytes.count > Self.smallestDeflated, let deflated = Self.deflate(bytes),
            deflated.count < bytes.count
        else {
            content = bytes
            plainSize = nil
            return
        }
        content = deflated
        plainSize = bytes.count
    }

    init(content: Bytes, plainSize: Int?) {
        self.content = content
        self.plainSize = plainSize
    }

    /// The bytes that were packed; nil when the content is damaged.
    func unpacked() -> Bytes? {
        guard let plainSize else { return content }
        guard (1...Self.largestPlain).contains(plainSize) else { return nil }
        var written = uLongf(plainSize)
        var isSound = false
        let plain = unsafe Bytes(unsafeUninitializedCapacity: plainSize) { buffer, count in
            let result = unsafe uncompress(
                buffer.baseAddress, &written, content, uLong(content.count))
            isSound = result == Z_OK && Int(written) == plainSize
            count = isSound ? plainSize : 0
        }
        return isSound ? plain : nil
    }

    private static func deflate(_ bytes: Bytes) -> Bytes? {
        let bound = Int(compressBound(uLong(bytes.count)))
        var isDone = false
        let deflated = unsafe Bytes(unsafeUninitializedCapacity: bound) { buffer, count in
            var written = uLongf(bound)
            let result = unsafe compress2(
                buffer.baseAddress, &written, bytes, uLong(bytes.count), Z_DEFAULT_COMPRESSION)
            isDone = result == Z_OK
            count = isDone ? Int(written) : 0
        }
        return isDone ? deflated : nil
    }
}
