import TestCases

/// The smallest sound files of formats that have checks in them.
enum SampleBytes {
    // MARK: Checks

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
        }
    }

    private static func crc(_ bytes: Bytes) -> UInt32 {
        ~bytes.reduce(~0) { crcTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    private static func adler(_ bytes: Bytes) -> UInt32 {
        let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
            let low = (sums.0 + UInt32(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        return high << 16 | low
    }

    private static func little(_ value: some FixedWidthInteger) -> Bytes {
        (0..<(value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func big(_ value: UInt32) -> Bytes { little(value.byteSwapped) }

    /// One block that is stored, not compressed; at most 65,535 bytes.
    private static func deflated(_ bytes: Bytes) -> Bytes {
        let count = UInt16(bytes.count)
        return [1] + little(count) + little(~count) + bytes
    }

    // MARK: Files

    static func gzip(_ bytes: Bytes) -> Bytes {
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + deflated(bytes) + little(crc(bytes))
            + little(UInt32(bytes.count))
    }

    /// A member of an archive in the format of POSIX.
    struct ArchiveMember {
        var name: String
        /// As `tar(5)` numbers them: 0 file, 1 hard link, 2 symbolic link, 5 directory.
        var type = 0
        var target = ""
        var mode = 0o644
        var bytes: Bytes = []
    }

    /// The members, and the two blocks at the end.
    static func tar(_ members: [ArchiveMember]) -> Bytes {
        members.flatMap(block) + Bytes(repeating: 0, count: 1_024)
    }

    private static func block(of member: ArchiveMember) -> Bytes {
        var header = Bytes(repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(member.name, at: 0)
        put(octal(member.mode, digits: 7), at: 100)
        for offset in [108, 116] { put(octal(0, digits: 7), at: offset) }
        put(octal(member.bytes.count, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("        \(member.type)", at: 148)
        put(member.target, at: 157)
        put("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + "\u{0} ", at: 148)
        let padding = (512 - member.bytes.count % 512) % 512
        return header + member.bytes + Bytes(repeating: 0, count: padding)
    }

    /// One stored file and the directory.
    static func zip(_ name: String, _ bytes: Bytes) -> Bytes {
        let title = Bytes(name.utf8)
        let count = UInt32(bytes.count)
        // From the version that is needed to the length of the extra field.
        let common =
            little(UInt16(20)) + Bytes(repeating: 0, count: 4) + little(UInt32(0x21_0000))
            + little(crc(bytes)) + little(count) + little(count) + little(UInt16(title.count))
            + [0, 0]
        let local = little(UInt32(0x0403_4b50)) + common + title + bytes
        let entry =
            little(UInt32(0x0201_4b50)) + little(UInt16(20)) + common
            + Bytes(repeating: 0, count: 14) + title
        return local + entry + little(UInt32(0x0605_4b50)) + Bytes(repeating: 0, count: 4)
            + [1, 0, 1, 0] + little(UInt32(entry.count)) + little(UInt32(local.count)) + [0, 0]
    }

    /// One black pixel.
    static let png: Bytes = {
        func chunk(_ kind: String, _ data: Bytes) -> Bytes {
            let body = Bytes(kind.utf8) + data
            return big(UInt32(data.count)) + body + big(crc(body))
        }
        let pixels: Bytes = [0, 0]
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", big(1) + big(1) + [8, 0, 0, 0, 0])
            + chunk("IDAT", [0x78, 1] + deflated(pixels) + big(adler(pixels)))
            + chunk("IEND", [])
    }()

    /// A program for x86-64 of one segment that ends at once.
    static let elf: Bytes = {
        // mov eax, 60; xor edi, edi; syscall
        let code: Bytes = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]
        let base: UInt64 = 0x40_0000
        let size = UInt64(64 + 56 + code.count)
        let header: Bytes =
            [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + Bytes(repeating: 0, count: 8)
            + little(UInt16(2)) + little(UInt16(62)) + little(UInt32(1)) + little(base + 120)
            + little(UInt64(64)) + little(UInt64(0)) + little(UInt32(0)) + little(UInt16(64))
            + little(UInt16(56)) + little(UInt16(1)) + little(UInt16(64)) + [0, 0, 0, 0]
        let segment: Bytes =
            little(UInt32(1)) + little(UInt32(5)) + little(UInt64(0)) + little(base)
            + little(base) + little(size) + little(size) + little(UInt64(0x1000))
        return header + segment + code
    }()

    /// No bytes, compressed: what the programs write for an empty file.
    static let bzip2: Bytes = [
        0x42, 0x5a, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0,
    ]

    static let xz: Bytes = [
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46, 0, 0, 0, 0, 0x1c, 0xdf,
        0x44, 0x21, 0x1f, 0xb6, 0xf3, 0x7d, 1, 0, 0, 0, 0, 4, 0x59, 0x5a,
    ]

    static let zstandard: Bytes = [
        0x28, 0xb5, 0x2f, 0xfd, 0x24, 0, 1, 0, 0, 0x99, 0xe9, 0xd8, 0x51,
    ]
}
