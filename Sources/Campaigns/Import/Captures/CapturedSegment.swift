internal import TestCases

/// What one packet of a capture carries of TCP or UDP.
struct CapturedSegment {
    struct Place: Hashable {
        let address: ArraySlice<UInt8>
        let port: UInt16
    }

    let isDatagram: Bool
    let source: Place
    let destination: Place
    /// Of TCP.
    private(set) var sequence: UInt32 = 0
    private(set) var flags: UInt8 = 0
    let payload: ArraySlice<UInt8>

    var ends: Bool { flags & 1 != 0 }
    var begins: Bool { flags & 2 != 0 }
    var resets: Bool { flags & 4 != 0 }
    var acknowledges: Bool { flags & 16 != 0 }

    /// Nil for packets of other protocols, for fragments, and for what is no packet at all.
    init?(_ packet: CaptureFile.Packet) {
        guard let network = Self.network(packet), let first = network.first else { return nil }
        switch first >> 4 {
        case 4: self.init(version4: ByteReader(network))
        case 6: self.init(version6: ByteReader(network))
        default: return nil
        }
    }

    /// What stands behind the header of the link layer.
    private static func network(_ packet: CaptureFile.Packet) -> ArraySlice<UInt8>? {
        let reader = ByteReader(packet.bytes)
        switch packet.link {
        case 0, 108: return reader.rest(4)  // loopback of the BSDs
        case 1: return ethernet(reader)
        case 12, 14, 101, 228, 229: return packet.bytes  // IP and nothing before it
        case 113: return reader.rest(16)  // any interface of Linux
        case 276: return reader.rest(20)
        default: return nil
        }
    }

    private static func ethernet(_ reader: ByteReader) -> ArraySlice<UInt8>? {
        var offset = 12
        // Virtual networks put four bytes in between, some twice.
        while let type = reader.word16(offset), [0x8100, 0x88a8, 0x9100].contains(type),
            offset < 20
        {
            offset += 4
        }
        guard let type = reader.word16(offset), type == 0x0800 || type == 0x86dd else { return nil }
        return reader.rest(offset + 2)
    }

    private init?(version4 reader: ByteReader) {
        guard let first = reader.byte(0), let total = reader.word16(2),
            let place = reader.word16(6),
            let protocolNumber = reader.byte(9), let source = reader.slice(12, 4),
            let destination = reader.slice(16, 4), place & 0x3fff == 0
        else { return nil }
        let header = Int(first & 15) * 4
        // What is cut by the hardware's help has no length yet.
        let size = total == 0 ? reader.count : Int(total)
        guard header >= 20, size >= header,
            let body = reader.slice(header, min(size, reader.count) - header)
        else { return nil }
        self.init(protocolNumber, source, destination, ByteReader(body))
    }

    private init?(version6 reader: ByteReader) {
        guard let length = reader.word16(4), var next = reader.byte(6),
            let source = reader.slice(8, 16), let destination = reader.slice(24, 16)
        else { return nil }
        var offset = 40
        while [0, 43, 60].contains(next) {
            guard let following = reader.byte(offset), let size = reader.byte(offset + 1) else {
                return nil
            }
            next = following
            offset += (Int(size) + 1) * 8
        }
        let end = length == 0 ? reader.count : min(40 + Int(length), reader.count)
        guard let body = reader.slice(offset, end - offset) else { return nil }
        self.init(next, source, destination, ByteReader(body))
    }

    private init?(
        _ protocolNumber: UInt8, _ source: ArraySlice<UInt8>, _ destination: ArraySlice<UInt8>,
        _ body: ByteReader
    ) {
        guard protocolNumber == 6 || protocolNumber == 17, let from = body.word16(0),
            let to = body.word16(2)
        else { return nil }
        isDatagram = protocolNumber == 17
        self.source = Place(address: source, port: from)
        self.destination = Place(address: destination, port: to)
        if isDatagram {
            guard let length = body.word16(4), length >= 8,
                let payload = body.slice(8, min(Int(length), body.count) - 8)
            else { return nil }
            self.payload = payload
            return
        }
        guard let sequence = body.word32(4), let header = body.byte(12), let flags = body.byte(13),
            header >> 4 >= 5, let payload = body.rest(Int(header >> 4) * 4)
        else { return nil }
        self.payload = payload
        self.sequence = sequence
        self.flags = flags
    }
}
