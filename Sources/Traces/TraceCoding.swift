internal import Syscalls

/// The form in which a campaign keeps traces: flat, and small once it is deflated.
///
/// It holds what phases and evidence are computed from. Argument registers and results that are
/// addresses become zero: they are never compared, and differ between machines.
extension Trace {
    private static let formatVersion: UInt8 = 1

    /// Calls that are kept each for itself; of those behind them one is kept for each call with
    /// the same scalar arguments from the same place of the same thread.
    package static let fullEvents = 10_000

    /// The trace in the form that ``init(encoded:)`` reads.
    package func encoded(fullEvents: Int = Trace.fullEvents) -> [UInt8] {
        let kept = keptEvents(fullEvents)
        var writer = TraceWriter(bytes: [Self.formatVersion])
        writer.add(modules.count)
        for module in modules { writer.add(module) }
        writer.add(threads.count)
        for thread in threads { add(thread, kept, to: &writer) }
        add(end, to: &writer)
        writer.add(kept.count)
        for index in kept { add(events[index], to: &writer) }
        return writer.bytes
    }

    /// Reads what ``encoded(fullEvents:)`` wrote; nil for anything else.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.first == Self.formatVersion else { return nil }
        var reader = TraceReader(bytes: bytes[1...])
        self.init()
        for _ in 0..<reader.count() { modules.append(reader.text()) }
        for index in 0..<reader.count() {
            guard let thread = Self.thread(&reader, below: index) else { return nil }
            threads.append(thread)
        }
        guard let end = Self.end(&reader) else { return nil }
        self.end = end
        let count = reader.count()
        events.reserveCapacity(count)
        for _ in 0..<count {
            guard let event = Self.event(&reader, threads.count, modules.count) else { return nil }
            events.append(event)
        }
        let areInside = threads.allSatisfy { ($0.entryEvent ?? 0) <= events.count }
        guard reader.isSound, areInside else { return nil }
    }

    private func keptEvents(_ limit: Int) -> [Int] {
        guard events.count > limit else { return Array(events.indices) }
        struct Kind: Hashable {
            let thread: Int32
            let number: UInt32
            let module: Int32
            let offset: UInt64
            let values: [UInt64]
        }
        var kept = Array(0..<limit)
        var seen: Set<Kind> = []
        for index in limit..<events.count {
            let event = events[index]
            let values = event.number.scalarArguments.map {
                $0.value(of: event.arguments[$0.index])
            }
            let kind = Kind(
                thread: event.thread, number: event.number.rawValue, module: event.module,
                offset: event.offset, values: values)
            if seen.insert(kind).inserted { kept.append(index) }
        }
        return kept
    }

    // MARK: Parts

    private func add(_ thread: TracedThread, _ kept: [Int], to writer: inout TraceWriter) {
        writer.add(signed: Int64(thread.threadID))
        writer.add(signed: Int64(thread.processID))
        writer.add(thread.parent.map { $0 + 1 } ?? 0)
        writer.add(thread.role.name)
        writer.add(thread.image)
        // The event keeps its place among those that are kept.
        let entry = thread.entryEvent.map { entry in
            kept.count == events.count ? entry : kept.count { $0 < entry }
        }
        writer.add(entry.map { $0 + 1 } ?? 0)
        switch thread.exit {
        case nil: writer.add(0)
        case .exited(let status):
            writer.add(1)
            writer.add(signed: Int64(status))
        case .killed(let signal):
            writer.add(2)
            writer.add(signed: Int64(signal))
        }
    }

    private static func thread(_ reader: inout TraceReader, below index: Int) -> TracedThread? {
        let threadID = Int32(truncatingIfNeeded: reader.signed())
        let processID = Int32(truncatingIfNeeded: reader.signed())
        let parent = reader.optionalIndex()
        guard let role = Role(name: reader.text()), (parent ?? -1) < index else { return nil }
        var thread = TracedThread(
            threadID: threadID, processID: processID, parent: parent, role: role,
            image: reader.text(), entryEvent: reader.optionalIndex())
        switch reader.number() {
        case 0: break
        case 1: thread.exit = .exited(status: Int32(truncatingIfNeeded: reader.signed()))
        case 2: thread.exit = .killed(signal: Int32(truncatingIfNeeded: reader.signed()))
        default: return nil
        }
        return thread
    }

    private func add(_ end: End, to writer: inout TraceWriter) {
        switch end {
        case .exited(let status):
            writer.add(0)
            writer.add(signed: Int64(status))
        case .killed(let signal):
            writer.add(1)
            writer.add(signed: Int64(signal))
        case .stopped(let reason):
            writer.add(2)
            writer.add(reason.rawValue)
        }
    }

    private static func end(_ reader: inout TraceReader) -> End? {
        switch reader.number() {
        case 0: .exited(status: Int32(truncatingIfNeeded: reader.signed()))
        case 1: .killed(signal: Int32(truncatingIfNeeded: reader.signed()))
        case 2: Reason(rawValue: reader.text()).map { .stopped($0) }
        default: nil
        }
    }

    /// Whether a register may hold an address.
    private static func isAddress(_ value: UInt64) -> Bool {
        value >> 32 != 0 && value >> 32 != 0xffff_ffff
    }

    private func add(_ event: Event, to writer: inout TraceWriter) {
        writer.add(Int(event.thread))
        writer.add(number: UInt64(event.number.rawValue))
        writer.add(Int(event.module + 1))
        writer.add(number: event.offset)
        let values = event.arguments.indices.map { index in
            Self.isAddress(event.arguments[index]) ? 0 : event.arguments[index]
        }
        var present: UInt64 = event.result == nil ? 0 : 64
        for (index, value) in values.enumerated() where value != 0 { present |= 1 << UInt64(index) }
        writer.add(number: present)
        for value in values where value != 0 { writer.add(number: value) }
        guard let result = event.result else { return }
        writer.add(signed: Self.isAddress(UInt64(bitPattern: result)) ? 0 : result)
    }

    private static func event(
        _ reader: inout TraceReader, _ threads: Int, _ modules: Int
    ) -> Event? {
        let thread = reader.number()
        let number = UInt32(truncatingIfNeeded: reader.number())
        let module = reader.number()
        let offset = reader.number()
        let present = reader.number()
        var arguments = InlineArray<6, UInt64>(repeating: 0)
        for index in arguments.indices where present & 1 << UInt64(index) != 0 {
            arguments[index] = reader.number()
        }
        let result = present & 64 != 0 ? reader.signed() : nil
        guard thread < threads, module <= modules, reader.isSound else { return nil }
        return Event(
            thread: Int32(thread), number: SyscallNumber(rawValue: number),
            module: Int32(module) - 1, offset: offset, arguments: arguments, result: result)
    }
}

/// Numbers of seven bits a byte, the lowest first; texts with their length.
private struct TraceWriter {
    var bytes: [UInt8]

    mutating func add(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func add(_ number: Int) {
        add(number: UInt64(max(0, number)))
    }

    /// The sign goes into the lowest bit, so that small numbers of either sign are short.
    mutating func add(signed number: Int64) {
        add(number: UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    mutating func add(_ text: String) {
        let utf8 = Array(text.utf8)
        add(utf8.count)
        bytes += utf8
    }
}

/// Reads what the writer wrote; after a number that is not there everything is zero.
private struct TraceReader {
    private var rest: ArraySlice<UInt8>
    private(set) var isSound = true

    init(bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func number() -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        isSound = false
        rest = []
        return 0
    }

    mutating func signed() -> Int64 {
        let value = number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// How many of something follow: each takes a byte at the least.
    mutating func count() -> Int {
        let value = number()
        guard value <= UInt64(rest.count) else {
            isSound = false
            rest = []
            return 0
        }
        return Int(value)
    }

    mutating func optionalIndex() -> Int? {
        let value = number()
        guard value > 0, value < 1 << 40 else { return nil }
        return Int(value) - 1
    }

    mutating func text() -> String {
        let length = count()
        defer { rest = rest.dropFirst(length) }
        return String(decoding: rest.prefix(length), as: UTF8.self)
    }
}
