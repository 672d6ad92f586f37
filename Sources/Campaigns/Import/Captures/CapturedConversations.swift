internal import TestCases

/// Puts the packets of a capture together to what was said.
///
/// Bytes that come twice count once, and those that come too early wait for those before them; of
/// a stream of which packets were lost, what comes behind the gap is not used.
package struct CapturedConversations {
    /// In the order in which they began.
    package var conversations: [RecordedConversation] {
        var conversations = finished
        conversations.append(contentsOf: order.compactMap { open[$0]?.conversation })
        return conversations
    }

    private var finished: [RecordedConversation] = []
    private var order: [Pair] = []
    private var open: [Pair: Stream] = [:]
    private var bytes = 0
    /// Packets of other protocols, fragments and broken ones.
    package private(set) var others = 0
    /// Whether the capture holds more than is taken.
    package private(set) var isCut = false

    private static let mostConversations = 10_000
    private static let mostBytes = 64 << 20

    package init() {}

    package mutating func add(_ packet: CaptureFile.Packet) {
        guard let segment = CapturedSegment(packet) else {
            others += 1
            return
        }
        guard bytes < Self.mostBytes, order.count < Self.mostConversations else {
            isCut = true
            return
        }
        bytes += segment.payload.count
        let forth = Pair(segment.source, segment.destination, segment.isDatagram)
        let back = Pair(segment.destination, segment.source, segment.isDatagram)
        let isNew = segment.begins && !segment.acknowledges
        if open[back] != nil, !(isNew && open[back]?.isOver == true) {
            open[back]?.take(segment, isFromClient: false)
        } else if open[forth] != nil, !(isNew && open[forth]?.isOver == true) {
            open[forth]?.take(segment, isFromClient: true)
        } else {
            begin(segment, forth, back)
        }
    }

    private mutating func begin(_ segment: CapturedSegment, _ forth: Pair, _ back: Pair) {
        // The same ports again, for another connection.
        for pair in [forth, back] {
            guard let former = open.removeValue(forKey: pair) else { continue }
            finished.append(former.conversation)
            order.removeAll { $0 == pair }
        }
        guard segment.isDatagram || segment.begins || !segment.payload.isEmpty else { return }
        // Without its beginning a server is known by the lower port.
        let isFromClient =
            segment.isDatagram || (segment.begins && !segment.acknowledges)
            || (!segment.begins && segment.source.port >= segment.destination.port)
        let pair = isFromClient ? forth : back
        order.append(pair)
        var stream = Stream(segment.isDatagram ? .udp : .tcp)
        stream.take(segment, isFromClient: isFromClient)
        open[pair] = stream
    }

    private struct Pair: Hashable {
        let client: CapturedSegment.Place
        let server: CapturedSegment.Place
        let isDatagram: Bool

        init(
            _ client: CapturedSegment.Place, _ server: CapturedSegment.Place, _ isDatagram: Bool
        ) {
            self.client = client
            self.server = server
            self.isDatagram = isDatagram
        }
    }
}

/// Both directions of one connection.
private struct Stream {
    private struct Direction {
        /// The sequence number of the next byte; nil before the first packet.
        var next: UInt32?
        var early: [(sequence: UInt32, bytes: ArraySlice<UInt8>)] = []
        var hasEnded = false
    }

    private(set) var conversation: RecordedConversation
    private var directions = [Direction(), Direction()]
    private static let mostEarly = 1_024

    init(_ transport: TestCase.Session.Transport) {
        conversation = RecordedConversation(transport: transport)
    }

    var isOver: Bool { conversation.ending != .open }

    mutating func take(_ segment: CapturedSegment, isFromClient: Bool) {
        guard !segment.isDatagram else {
            conversation.add(segment.payload, isFromClient: isFromClient)
            return
        }
        let index = isFromClient ? 0 : 1
        if segment.begins { directions[index].next = segment.sequence &+ 1 }
        let start = segment.begins ? segment.sequence &+ 1 : segment.sequence
        let next = directions[index].next ?? start
        directions[index].next = next
        if !segment.payload.isEmpty { insert(segment.payload, at: start, index) }
        if case .open = conversation.ending {
            if segment.resets { conversation.ending = .reset(byClient: isFromClient) }
            if segment.ends { conversation.ending = .closed(byClient: isFromClient) }
        }
    }

    private mutating func insert(_ bytes: ArraySlice<UInt8>, at start: UInt32, _ index: Int) {
        guard directions[index].early.count < Self.mostEarly else { return }
        directions[index].early.append((start, bytes))
        var mayGoOn = true
        while mayGoOn {
            mayGoOn = false
            for place in directions[index].early.indices {
                guard let next = directions[index].next else { return }
                let (sequence, bytes) = directions[index].early[place]
                // Numbers wrap around: what is less than half of them behind came before.
                let known = Int32(bitPattern: next &- sequence)
                guard known >= 0 else { continue }
                directions[index].early.remove(at: place)
                if Int(known) < bytes.count {
                    let new = bytes.dropFirst(Int(known))
                    conversation.add(new, isFromClient: index == 0)
                    directions[index].next = next &+ UInt32(new.count)
                }
                mayGoOn = true
                break
            }
        }
    }
}
