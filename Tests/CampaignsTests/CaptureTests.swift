import TestCases
import Testing

@testable import Campaigns

/// Packets as tcpdump writes them, made by hand.
private struct CaptureWriter {
    private var records: [[UInt8]] = []

    private static func big(_ value: UInt32, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt32((size - 1 - $0) * 8)) }
    }

    private static func little(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func version4(_ protocolNumber: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0x45, 0] + big(UInt32(20 + body.count), 2) + [0, 0, 0x40, 0, 64, protocolNumber, 0, 0]
            + [127, 0, 0, 1, 127, 0, 0, 1] + body
    }

    private static func version6(_ protocolNumber: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0x60, 0, 0, 0] + big(UInt32(body.count + 8), 2) + [0, 64]
            + Array(repeating: 1, count: 32) + [protocolNumber, 0, 0, 0, 0, 0, 0, 0] + body
    }

    private static func segment(
        _ from: UInt16, _ to: UInt16, _ sequence: UInt32, _ flags: UInt8, _ text: String
    ) -> [UInt8] {
        big(UInt32(from), 2) + big(UInt32(to), 2) + big(sequence, 4) + [0, 0, 0, 0, 0x50, flags]
            + [0, 0, 0, 0, 0, 0] + Array(text.utf8)
    }

    mutating func tcp(
        _ from: UInt16, _ to: UInt16, _ sequence: UInt32, flags: UInt8 = 0x18, _ text: String = "",
        isVersion6: Bool = false
    ) {
        let segment = Self.segment(from, to, sequence, flags, text)
        let packet = isVersion6 ? Self.version6(6, segment) : Self.version4(6, segment)
        let type: [UInt8] = isVersion6 ? [0x86, 0xdd] : [0x08, 0x00]
        records.append(Array(repeating: 0, count: 12) + type + packet)
    }

    mutating func udp(_ from: UInt16, _ to: UInt16, _ text: String) {
        let header = Self.big(UInt32(from), 2) + Self.big(UInt32(to), 2)
        let body = header + Self.big(UInt32(8 + text.utf8.count), 2) + [0, 0] + Array(text.utf8)
        records.append(
            Array(repeating: 0, count: 12) + [0x81, 0, 0, 1, 8, 0] + Self.version4(17, body))
    }

    mutating func noise() { records.append(Array(repeating: 0xff, count: 30)) }

    /// What tcpdump writes.
    var classic: Bytes {
        [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + Array(repeating: 0, count: 8)
            + Self.little(65_535, 4) + Self.little(1, 4)
            + records.flatMap { record in
                Array(repeating: 0, count: 8) + Self.little(record.count, 4)
                    + Self.little(record.count, 4) + record
            }
    }

    /// What Wireshark writes.
    var blocks: Bytes {
        func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
            let padded = body + Array(repeating: 0, count: (4 - body.count % 4) % 4)
            let size = Self.little(padded.count + 12, 4)
            return Self.little(type, 4) + size + padded + size
        }
        let section = block(
            0x0a0d_0d0a, [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0] + Array(repeating: 0xff, count: 8))
        let interface = block(1, Self.little(1, 2) + [0, 0] + Self.little(65_535, 4))
        return section + interface
            + records.flatMap { record in
                block(
                    6,
                    Array(repeating: 0, count: 12) + Self.little(record.count, 4)
                        + Self.little(record.count, 4) + record)
            }
    }

    /// A client that says two things, out of order and one of them twice, and goes.
    static var talk: CaptureWriter {
        var writer = CaptureWriter()
        writer.tcp(40_000, 80, 0xffff_fffe, flags: 2)
        writer.tcp(80, 40_000, 500, flags: 0x12)
        writer.noise()
        writer.tcp(40_000, 80, 2, "lo")
        writer.tcp(40_000, 80, 0xffff_ffff, "hel")
        writer.tcp(40_000, 80, 0xffff_ffff, "hello")
        writer.tcp(40_000, 80, 1, "l")
        writer.tcp(80, 40_000, 501, "yes")
        writer.tcp(40_000, 80, 4, "bye")
        writer.tcp(40_000, 80, 7, flags: 0x11)
        return writer
    }
}

@Suite("Network captures")
struct CaptureTests {
    private static func conversations(_ bytes: Bytes) throws -> [RecordedConversation] {
        let file = try #require(CaptureFile(bytes))
        var captured = CapturedConversations()
        for packet in file.packets { captured.add(packet) }
        return captured.conversations
    }

    private func text(_ text: String) -> Bytes { Bytes(text.utf8) }

    @Test("what a client says is a session, in order and once", arguments: [true, false])
    func clients(isClassic: Bool) throws {
        let writer = CaptureWriter.talk
        let conversation = try #require(
            Self.conversations(isClassic ? writer.classic : writer.blocks).first)
        #expect(
            conversation.clientSession
                == .init(
                    transport: .tcp,
                    steps: [
                        .send(text("hello")), .receive, .send(text("bye")), .receive, .close,
                    ]))
        #expect(
            conversation.peerSession
                == .init(
                    transport: .tcp, party: .peer(at: []),
                    steps: [.receive, .send(text("yes")), .receive, .receive]))
    }

    @Test("connections side by side, of IPv6 and without their beginning, are kept apart")
    func several() throws {
        var writer = CaptureWriter()
        writer.tcp(1_000, 22, 7, flags: 2, isVersion6: true)
        writer.tcp(22, 50_000, 9, "banner")
        writer.tcp(1_000, 22, 8, "one", isVersion6: true)
        writer.tcp(50_000, 22, 70, "two")
        writer.tcp(50_000, 22, 73, flags: 4)
        writer.udp(5_000, 53, "question")
        writer.udp(53, 5_000, "answer")
        writer.udp(5_000, 53, "")
        let sessions = try Self.conversations(writer.classic).map(\.clientSession)
        #expect(
            sessions == [
                .init(transport: .tcp, steps: [.send(text("one")), .receive]),
                .init(transport: .tcp, steps: [.receive, .send(text("two")), .reset]),
                .init(
                    transport: .udp,
                    steps: [.send(text("question")), .receive, .send([]), .receive]),
            ])
    }

    @Test("a connection that uses the ports of one that is over is another")
    func again() throws {
        var writer = CaptureWriter.talk
        writer.tcp(40_000, 80, 100, flags: 2)
        writer.tcp(40_000, 80, 101, "again")
        let sessions = try Self.conversations(writer.blocks).compactMap(\.clientSession)
        #expect(sessions.count == 2)
        #expect(sessions.last?.steps == [.send(text("again")), .receive])
    }

    @Test("a capture that is cut or damaged gives what came before, and where it ends")
    func damage() throws {
        for bytes in [CaptureWriter.talk.classic, CaptureWriter.talk.blocks] {
            let whole = try #require(CaptureFile(bytes))
            #expect(whole.damage == nil)
            #expect(whole.packets.count == 10)
            var mostPackets = 0
            for count in 4..<bytes.count {
                let cut = try #require(CaptureFile(Bytes(bytes[..<count])))
                mostPackets = max(mostPackets, cut.packets.count)
                #expect(cut.packets.count < 10)
            }
            #expect(mostPackets == 9)
            var state: UInt64 = 5
            for _ in 0..<2_000 {
                var damaged = bytes
                for _ in 0..<3 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    damaged[4 + Int(state >> 33) % (bytes.count - 4)] = UInt8(state >> 25 & 0xff)
                }
                #expect(try Self.conversations(damaged).count <= 10)
            }
        }
        let cut = try #require(CaptureFile(Bytes(CaptureWriter.talk.classic.dropLast(3))))
        #expect(cut.damage?.hasPrefix("damaged at byte ") == true)
        #expect(CaptureFile(Bytes("GET / HTTP/1.1".utf8)) == nil)
    }
}
