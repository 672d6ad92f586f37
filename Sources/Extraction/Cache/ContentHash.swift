/// A keyed hash of whole files, fast enough to run over every byte of a program's libraries.
///
/// A tree of NH, the multiply-and-add hash that UMAC is made of (RFC 4418): whoever does not
/// know the key finds two different texts of one length with the same digest with a probability
/// of about 2^-64, whatever the texts. Digests of texts of different lengths do not compare.
struct ContentHash: Sendable {
    struct Digest: Hashable, Sendable {
        let high: UInt64
        let low: UInt64
    }

    /// Every block of a level becomes one digest of the next.
    private static let blockWords = 128
    private static let levels = 8
    /// How many random bytes make a key.
    static let keySize = blockWords * levels * 8

    private let key: [UInt64]

    /// Nil for a key of another size than ``keySize``.
    init?(key: [UInt8]) {
        guard key.count == Self.keySize else { return nil }
        self.key = unsafe key.withUnsafeBytes { bytes in
            (0..<Self.keySize / 8).map {
                unsafe bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
            }
        }
    }

    func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        var words = unsafe combine(bytes, level: 0)
        var level = 1
        while words.count > 2 {
            words = unsafe words.withUnsafeBytes { unsafe combine($0, level: level) }
            level += 1
        }
        return Digest(high: words[0], low: words[1])
    }

    /// Two words for every block; at least one block, the last filled up with zeros.
    private func combine(_ bytes: UnsafeRawBufferPointer, level: Int) -> [UInt64] {
        let blockSize = Self.blockWords * 8
        let key = key[(level % Self.levels) * Self.blockWords..<key.count]
        var result: [UInt64] = []
        result.reserveCapacity(2 * (bytes.count / blockSize + 1))
        unsafe key.withUnsafeBufferPointer { key in
            var start = 0
            while start + blockSize <= bytes.count {
                let block = unsafe UnsafeRawBufferPointer(
                    rebasing: bytes[start..<start + blockSize])
                unsafe append(block, key, to: &result)
                start += blockSize
            }
            guard start < bytes.count || result.isEmpty else { return }
            var rest = [UInt8](repeating: 0, count: blockSize)
            unsafe rest.withUnsafeMutableBytes {
                unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
            unsafe rest.withUnsafeBytes { unsafe append($0, key, to: &result) }
        }
        return result
    }

    @inline(__always)
    private func append(
        _ block: UnsafeRawBufferPointer, _ key: UnsafeBufferPointer<UInt64>,
        to result: inout [UInt64]
    ) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var index = 0
        while index < Self.blockWords {
            let first = unsafe block.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            let second = unsafe block.loadUnaligned(
                fromByteOffset: index * 8 + 8, as: UInt64.self)
            let product = unsafe (first &+ key[index])
                .multipliedFullWidth(by: second &+ key[index + 1])
            let (sum, carry) = low.addingReportingOverflow(product.low)
            low = sum
            high = high &+ product.high &+ (carry ? 1 : 0)
            index += 2
        }
        result.append(high)
        result.append(low)
    }
}
