/// What the breakpoints of one execution have shown, each thing once, in the order of its first
/// sight.
package struct BreakpointSightings: Sendable {
    /// Bytes of an operand or a name that are kept.
    static let operandLimit = 64
    /// A target may compare for ever with something else each time.
    private static let captureLimit = 1024
    /// Stops at one breakpoint before it is taken out of the process.
    private static let stopLimit = 256
    /// The same where an instruction compares: those of inner loops do so for ever.
    private static let comparisonStopLimit = 32
    /// Stops in a row that have shown nothing that was not seen, before it is taken out.
    private static let fruitlessLimit = 24

    /// What a function was called with.
    package enum Capture: Hashable, Sendable {
        /// Operands that differ, at most 64 bytes of each.
        case compared([UInt8], [UInt8])
        /// Numbers of so many bytes that differ.
        case comparedNumbers(UInt64, UInt64, width: Int)
        case variable([UInt8])
        /// An option string as getopt(3) reads it.
        case optionString([UInt8])
        /// A row of an option table as getopt_long(3) reads it; the argument is 0 for none, 1 for
        /// required, 2 for optional.
        case longOption(name: [UInt8], argument: Int32, value: Int32)
    }

    /// Addresses of breakpoints of purpose ``Breakpoint/Purpose/visit``.
    package private(set) var visits: [UInt64] = []
    package private(set) var captures: [Capture] = []
    private var seen: Set<Capture> = []
    private var stops: [UInt64: Int] = [:]
    /// The breakpoint that was met last.
    private var current: UInt64 = 0
    /// Stops since the last new sight.
    private var fruitless: [UInt64: Int] = [:]

    mutating func removeAll() {
        guard !stops.isEmpty else { return }
        visits.removeAll(keepingCapacity: true)
        captures.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        stops.removeAll(keepingCapacity: true)
        fruitless.removeAll(keepingCapacity: true)
    }

    /// Counts a stop, before what it shows is noted; whether the breakpoint is to stay.
    mutating func countStop(at address: UInt64, _ purpose: Breakpoint.Purpose) -> Bool {
        stops[address, default: 0] += 1
        let count = stops[address, default: 0]
        current = address
        switch purpose {
        case .visit: return false
        case .capture:
            fruitless[address, default: 0] += 1
            return count < Self.stopLimit && fruitless[address, default: 0] < Self.fruitlessLimit
        case .compare: return count < Self.comparisonStopLimit
        }
    }

    /// Whether it is the first stop there.
    func isFirstStop(at address: UInt64) -> Bool { stops[address] == 1 }

    mutating func noteVisit(_ address: UInt64) { visits.append(address) }

    mutating func note(_ capture: Capture) {
        guard captures.count < Self.captureLimit, seen.insert(capture).inserted else { return }
        captures.append(capture)
        fruitless[current] = 0
    }
}
