package import TestCases

/// The packets of a network capture: pcap of tcpdump, or pcapng of Wireshark.
///
/// <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html> and the one on pcapng.
package struct CaptureFile: Sendable {
    package struct Packet: Sendable {
        /// `LINKTYPE_` number: what the bytes begin with.
        package let link: UInt32
        package let bytes: ArraySlice<UInt8>
    }

    package private(set) var packets: [Packet] = []
    /// Where the file stops to be one, as a clause; what comes before is kept.
    package private(set) var damage: String?

    /// Longer ones are in no network; the tools write none.
    private static let longestPacket = 1 << 20
    private static let mostPackets = 1_000_000

    /// Whether a file that begins so is a capture.
    package static func isCapture(_ head: some Collection<UInt8>) -> Bool {
        let magic = Array(head.prefix(4))
        return magic == blockMagic || order(of: magic) != nil
    }

    /// Nil where the bytes are no capture.
    package init?(_ bytes: Bytes) {
        guard Self.isCapture(bytes) else { return nil }
        if bytes.starts(with: Self.blockMagic) {
            readBlocks(bytes)
        } else {
            readRecords(bytes)
        }
    }

    private mutating func add(_ link: UInt32, _ bytes: ArraySlice<UInt8>) {
        packets.append(Packet(link: link, bytes: bytes))
    }

    private mutating func isFull(at offset: Int) -> Bool {
        guard packets.count >= Self.mostPackets else { return false }
        damage = "more than \(Self.mostPackets) packets"
        return true
    }

    // MARK: pcap

    /// Whether the numbers are big-endian, by the magic number; the second one has nanoseconds.
    private static func order(of magic: [UInt8]) -> Bool? {
        switch magic {
        case [0xa1, 0xb2, 0xc3, 0xd4], [0xa1, 0xb2, 0x3c, 0x4d]: true
        case [0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]: false
        default: nil
        }
    }

    private mutating func readRecords(_ bytes: Bytes) {
        let reader = ByteReader(
            bytes[...], isBigEndian: Self.order(of: Array(bytes.prefix(4))) == true)
        guard let link = reader.word32(20) else {
            damage = "its header is cut off"
            return
        }
        var offset = 24
        while offset < reader.count, !isFull(at: offset) {
            guard let size = reader.word32(offset + 8), size <= Self.longestPacket,
                let packet = reader.slice(offset + 16, Int(size))
            else {
                damage = "damaged at byte \(offset)"
                return
            }
            // The upper bits say how long frame check sequences are.
            add(link & 0xffff, packet)
            offset += 16 + Int(size)
        }
    }

    // MARK: pcapng

    private static let blockMagic: [UInt8] = [0x0a, 0x0d, 0x0d, 0x0a]

    private mutating func readBlocks(_ bytes: Bytes) {
        var reader = ByteReader(bytes[...], isBigEndian: false)
        var links: [UInt32] = []
        var offset = 0
        while offset < reader.count, !isFull(at: offset) {
            // Each section may have an order of its own; its block's type reads the same in both.
            if reader.slice(offset, 4).map(Array.init) == Self.blockMagic {
                reader.isBigEndian =
                    reader.slice(offset + 8, 4).map(Array.init) == [0x1a, 0x2b, 0x3c, 0x4d]
                links = []
            }
            guard let type = reader.word32(offset), let size = reader.word32(offset + 4),
                size >= 12, size % 4 == 0, reader.slice(offset, Int(size)) != nil,
                let body = reader.slice(offset + 8, Int(size) - 12)
            else {
                damage = "damaged at byte \(offset)"
                return
            }
            let block = ByteReader(body, isBigEndian: reader.isBigEndian)
            switch type {
            case 1: links.append(UInt32(block.word16(0) ?? .max))
            case 2, 6: addPacket(block, type, links)
            case 3:
                let length = min(Int(block.word32(0) ?? 0), block.count - 4)
                if let link = links.first, let packet = block.slice(4, length) { add(link, packet) }
            default: break
            }
            offset += Int(size)
        }
    }

    /// An enhanced packet block, or its predecessor, whose interface has 16 bits.
    private mutating func addPacket(_ block: ByteReader, _ type: UInt32, _ links: [UInt32]) {
        let interface = type == 6 ? block.word32(0) : block.word16(0).map { UInt32($0) }
        guard let interface, links.indices.contains(Int(interface)), let size = block.word32(12),
            let packet = block.slice(20, Int(size))
        else { return }
        add(links[Int(interface)], packet)
    }
}
