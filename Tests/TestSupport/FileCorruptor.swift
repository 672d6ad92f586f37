internal import Mutation

/// Damages ELF files the way broken disks, bad tools and adversaries do, by a seed.
package struct FileCorruptor: Sendable {
    private let bytes: [UInt8]
    /// Ranges of the file that the loader's tables lie in, the headers first.
    private let tables: [Range<Int>]

    /// Any bytes will do; tables are found as far as the headers lead to them.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tables = Self.tables(of: bytes)
    }

    /// The file with one to four kinds of damage. The same seed gives the same bytes.
    package func corrupted(seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var result = bytes
        for _ in 0...Int.random(in: 0..<4, using: &generator) where !result.isEmpty {
            damage(&result, &generator)
        }
        return result
    }

    private func damage(_ result: inout [UInt8], _ generator: inout SeededGenerator) {
        let table = place(in: result, &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: result.removeLast(Int.random(in: 1...result.count, using: &generator))
        case 1...3:
            for _ in 0...Int.random(in: 0..<8, using: &generator) {
                let offset = Int.random(in: table, using: &generator)
                result[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        case 4...7: overwrite(&result, table, &generator)
        case 8:
            // Two words change places.
            let first = Int.random(in: table, using: &generator) & ~7
            let second = Int.random(in: table, using: &generator) & ~7
            guard max(first, second) + 8 <= result.count else { return }
            for offset in 0..<8 { result.swapAt(first + offset, second + offset) }
        case 9:
            // A piece of one table in the place of another's.
            let other = place(in: result, &generator)
            let length = min(table.count, other.count, 64)
            let piece = Array(result[other.prefix(length)])
            result.replaceSubrange(
                table.lowerBound..<table.lowerBound + length, with: piece)
        case 10:
            let start = Int.random(in: table, using: &generator)
            let end = min(table.upperBound, start + Int.random(in: 1...64, using: &generator))
            for offset in start..<end { result[offset] = 0 }
        default:
            let start = Int.random(in: table, using: &generator)
            for offset in start..<min(table.upperBound, start + 16) {
                result[offset] = .random(in: 0...255, using: &generator)
            }
        }
    }

    /// Puts a number at an aligned place that is a limit of something.
    private func overwrite(
        _ result: inout [UInt8], _ table: Range<Int>, _ generator: inout SeededGenerator
    ) {
        let size = UInt64(result.count)
        let limits: [UInt64] = [
            0, 1, 7, 8, size, size &- 1, size &+ 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
            0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, .max, .max - 7,
            0xffff, 0x8000, .random(in: 0...(.max), using: &generator),
            .random(in: 0...size, using: &generator),
        ]
        let value = limits[Int.random(in: limits.indices, using: &generator)]
        let width = [2, 4, 8, 8][Int.random(in: 0..<4, using: &generator)]
        let start = Int.random(in: table, using: &generator) / width * width
        for offset in 0..<width where start + offset < result.count {
            result[start + offset] = UInt8(truncatingIfNeeded: value >> UInt64(offset * 8))
        }
    }

    /// A table, most often, or the whole of what is left of the file.
    private func place(
        in result: [UInt8], _ generator: inout SeededGenerator
    ) -> Range<Int> {
        let left = tables.map { $0.clamped(to: 0..<result.count) }.filter { !$0.isEmpty }
        guard !left.isEmpty, Int.random(in: 0..<8, using: &generator) > 0 else {
            return 0..<result.count
        }
        return left[Int.random(in: left.indices, using: &generator)]
    }

    // MARK: Tables

    private static func tables(of bytes: [UInt8]) -> [Range<Int>] {
        func word(_ offset: Int, _ width: Int) -> Int {
            guard offset >= 0, offset + width <= bytes.count else { return 0 }
            return (0..<width).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) }
        }
        var result: [Range<Int>] = []
        func add(_ start: Int, _ count: Int) {
            guard start >= 0, count > 0, start < bytes.count else { return }
            result.append(start..<start + min(count, bytes.count - start))
        }
        add(0, 64)
        let headers = word(32, 8)
        let headerCount = word(56, 2)
        add(headers, headerCount * 56)
        add(word(40, 8), word(60, 2) * 64)
        var segments: [(address: Int, offset: Int, size: Int)] = []
        var dynamic: [Int: Int] = [:]
        for index in 0..<headerCount {
            let header = headers + index * 56
            let (offset, address, size) = (
                word(header + 8, 8), word(header + 16, 8), word(header + 32, 8)
            )
            switch word(header, 4) {
            case 1: segments.append((address, offset, size))
            case 2:
                add(offset, size)
                for row in stride(from: offset, to: offset + size, by: 16) {
                    dynamic[word(row, 8)] = word(row + 8, 8)
                }
            case 0x6474_e550:
                add(offset, size)
                // The frames themselves, which lie behind their index as a rule.
                add(offset + size, 4096)
            default: break
            }
        }
        // Hash, strings, symbols, relocations (three forms), versions (three tables), arrays.
        for tag in [4, 5, 6, 7, 23, 36, 25, 26, 0x6fff_fef5, 0x6fff_fff0, 0x6fff_fffc, 0x6fff_fffe]
        {
            guard let address = dynamic[tag],
                let segment = segments.first(where: {
                    address >= $0.address && address - $0.address < $0.size
                })
            else { continue }
            add(segment.offset + address - segment.address, 512)
        }
        return result
    }
}
