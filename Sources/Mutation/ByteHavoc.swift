import TestCases

/// Changes of byte strings that know nothing of their meaning.
enum ByteHavoc {
    /// Makes one to four changes; the result has at most that many bytes, or its old length.
    static func mutate(
        _ bytes: inout Bytes, limit: Int, vocabulary: Vocabulary,
        using generator: inout SeededGenerator
    ) {
        let limit = max(limit, bytes.count)
        for _ in 0...generator.skewed(below: 4) {
            change(&bytes, vocabulary: vocabulary, using: &generator)
        }
        if bytes.count > limit { bytes.removeSubrange(limit...) }
    }

    private static func change(
        _ bytes: inout Bytes, vocabulary: Vocabulary, using generator: inout SeededGenerator
    ) {
        guard !bytes.isEmpty else {
            bytes = token(of: vocabulary, using: &generator)
            return
        }
        let position = generator.below(bytes.count)
        switch generator.below(13) {
        case 0: bytes[position] ^= 1 << UInt8(generator.below(8))
        case 1: bytes[position] = generator.byte()
        case 2: bytes[position] = generator.element(of: edgeBytes) ?? 0
        case 3: bytes[position] &+= UInt8(generator.within(1...16))
        case 4: bytes.removeSubrange(range(in: bytes, using: &generator))
        case 5: bytes.insert(contentsOf: bytes[range(in: bytes, using: &generator)], at: position)
        case 6: bytes.insert(contentsOf: token(of: vocabulary, using: &generator), at: position)
        case 7:
            let end = min(position + generator.within(1...8), bytes.count)
            bytes.replaceSubrange(
                position..<end, with: token(of: vocabulary, using: &generator))
        case 8: bytes.removeSubrange(position...)
        case 9: bytes.swapAt(position, generator.below(bytes.count))
        case 10: replaceNumber(in: &bytes, using: &generator)
        case 11: putMagic(in: &bytes, vocabulary: vocabulary, using: &generator)
        default: repeatRange(in: &bytes, using: &generator)
        }
    }

    /// Writes a number that the target compares with over the beginning, where formats have theirs,
    /// or over another place.
    private static func putMagic(
        in bytes: inout Bytes, vocabulary: Vocabulary, using generator: inout SeededGenerator
    ) {
        guard let magic = vocabulary.magics.draw(using: &generator) else {
            replaceNumber(in: &bytes, using: &generator)
            return
        }
        let start = generator.chance(1, in: 2) ? 0 : generator.below(bytes.count)
        let end = min(start + magic.count, bytes.count)
        bytes.replaceSubrange(start..<end, with: magic)
    }

    /// Repeats a part so often that buffers overflow their first size.
    private static func repeatRange(in bytes: inout Bytes, using generator: inout SeededGenerator) {
        let part = Bytes(bytes[range(in: bytes, using: &generator)])
        let wanted = 1 << generator.within(4...14)
        var repeated: Bytes = []
        repeated.reserveCapacity(wanted + part.count)
        while repeated.count < wanted { repeated.append(contentsOf: part) }
        bytes.insert(contentsOf: repeated, at: generator.below(bytes.count))
    }

    /// Replaces a run of digits by a number where programs change their ways.
    static func replaceNumber(in bytes: inout Bytes, using generator: inout SeededGenerator) {
        let start = generator.below(bytes.count)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        let number = number(using: &generator)
        guard
            let first = bytes[start...].firstIndex(where: isDigit)
                ?? bytes.firstIndex(where: isDigit)
        else {
            bytes.append(contentsOf: number)
            return
        }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(first..<end, with: number)
    }

    static func number(using generator: inout SeededGenerator) -> Bytes {
        if generator.chance(3, in: 4) { return generator.element(of: BuiltIn.numbers) ?? [] }
        return Bytes(String(generator.skewed(below: 1 << 32)).utf8)
    }

    /// A word, a line or a value.
    static func token(
        of vocabulary: Vocabulary, using generator: inout SeededGenerator
    ) -> Bytes {
        let token =
            switch generator.below(4) {
            case 0: vocabulary.lines.draw(using: &generator)
            case 1: vocabulary.values.draw(using: &generator)
            default: vocabulary.words.draw(using: &generator)
            }
        return token ?? number(using: &generator)
    }

    /// A range with at least one byte; short ones are likelier.
    private static func range(
        in bytes: Bytes, using generator: inout SeededGenerator
    ) -> Range<Int> {
        let count = 1 + generator.skewed(below: bytes.count)
        let start = generator.below(bytes.count - count + 1)
        return start..<(start + count)
    }

    /// Where character classes and signs change.
    private static let edgeBytes: Bytes = [
        0, 1, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1a, 0x1b, 0x20, 0x22, 0x27, 0x2f, 0x30, 0x39, 0x3a,
        0x40, 0x41, 0x5a, 0x5c, 0x60, 0x61, 0x7a, 0x7f, 0x80, 0xc3, 0xf0, 0xff,
    ]
}
