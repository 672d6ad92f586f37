internal import Syscalls
package import Traces

/// What the first execution of a target showed: facts, before anything is concluded from them.
///
/// A pure value of a trace that has names (``Traces/Trace/names``), of what the target wrote, and of
/// what the tracer did meanwhile.
package struct FirstContact: Hashable, Codable, Sendable {
    package var end: End
    /// Whether that is the end of what went on in the background; nil in older files.
    package var isOfBackground: Bool?
    /// Whether the program's own code began to run, behind its loader.
    package var reachedEntry: Bool
    /// The last lines that it wrote, errors before output.
    package var words: [String]
    /// Whether it wrote to its error output, and to its output.
    package var hasComplained: Bool
    package var hasAnswered: Bool
    /// Whether its command line had more than its name.
    package var hasArguments: Bool
    /// How long it took, the tracer's share included.
    package var seconds: Double
    /// Each once, the first few.
    package var refusals: [Refusal]
    /// Where it takes connections or datagrams.
    package var listening: [Address]
    /// Where it connected or sent to.
    package var destinations: [Address]
    /// Whether it came to wait for others, or for input, with nothing left to do.
    package var waits: Bool
    /// Other programs that its processes executed, by path, in order.
    package var programs: [String]

    /// How the target ended: its first process, or what that left behind in the background, where
    /// that came to a bad end.
    package enum End: Hashable, Codable, Sendable {
        case exited(status: Int32)
        case killed(signal: Int32)
        /// It was told to end after it had served, and did.
        case ended
        /// It met a bound of Fathom's, such as `blocked`: see ``Traces/Trace/Reason``.
        case stopped(reason: String)
    }

    /// Where somebody can be reached; the transport is a name of a session's.
    package struct Address: Hashable, Codable, Sendable {
        package var transport: String
        package var address: String

        package init(transport: String, address: String) {
            self.transport = transport
            self.address = address
        }
    }

    /// What the tracer knows of an execution besides its trace.
    package struct Surroundings: Sendable {
        package var listening: [Address] = []
        package var destinations: [Address] = []
        /// Whether all of it waited, was spoken to, and was then asked to end.
        package var wasServed = false
        package var hasArguments = false
        package var seconds = 0.0

        package init() {}
    }

    package init(
        _ trace: Trace, output: [UInt8], errors: [UInt8], _ surroundings: Surroundings
    ) {
        let first = trace.threads.first
        reachedEntry = trace.threads.contains { $0.role.isTarget && $0.entryEvent != nil }
        let said = LastWords.lines(of: errors)
        hasComplained = !said.isEmpty
        hasAnswered = !output.isEmpty
        hasArguments = surroundings.hasArguments
        seconds = surroundings.seconds
        words = said.isEmpty ? LastWords.lines(of: output) : said
        listening = surroundings.listening
        destinations = surroundings.destinations
        programs = []
        for thread in trace.threads.dropFirst() {
            guard case .exec(let image) = thread.role, image != first?.image,
                !programs.contains(image)
            else { continue }
            programs.append(image)
        }
        var isBlocked = false
        switch trace.end {
        case _ where surroundings.wasServed: end = .ended
        case .exited(let status):
            let background = status == 0 ? Self.backgroundEnd(of: trace) : nil
            end = background ?? .exited(status: status)
            isOfBackground = background.map { _ in true }
        case .killed(let signal): end = .killed(signal: signal)
        case .stopped(let reason):
            end = .stopped(reason: reason.rawValue)
            isBlocked = reason == .blocked || reason == .idle
        }
        waits = surroundings.wasServed || isBlocked
        refusals = Self.refusals(in: trace, words)
        // Some ask whether another of them is at an address before they take it.
        let own = listening.map(\.address) + refused(.address).map(\.subject)
        destinations.removeAll { own.contains($0.address) && $0.address.hasPrefix("/") }
    }

    /// How the last process of the target's own ended that went on when the first had ended well;
    /// nil where that is no bad end, and where none was.
    private static func backgroundEnd(of trace: Trace) -> End? {
        let last = trace.events.indices.reversed()
        guard let lastOfRoot = last.first(where: { trace.events[$0].thread == 0 }),
            let lastOfAll = last.first(where: { index in
                trace.threads[Int(trace.events[index].thread)].role == .worker
            }), lastOfAll > lastOfRoot
        else { return nil }
        switch trace.threads[Int(trace.events[lastOfAll].thread)].exit {
        case .exited(let status) where status != 0: return .exited(status: status)
        case .killed(let signal): return .killed(signal: signal)
        default: return nil
        }
    }

    private static func refusals(in trace: Trace, _ words: [String]) -> [Refusal] {
        var refusals: [Refusal] = []
        let executed = Set(trace.threads.map { fileName(of: $0.image) })
        for (index, event) in trace.events.enumerated() where refusals.count < mostRefusals {
            guard let refusal = Refusal(event, name: trace.names[index]),
                !refusals.contains(refusal)
            else { continue }
            let name = fileName(of: refusal.subject)
            switch refusal.kind {
            // Everybody looks in several places; what the program complains of was needed.
            case .read where refusal.error == .noEntry:
                guard words.contains(where: { $0.contains(refusal.subject) || $0.contains(name) })
                else { continue }
            case .program:
                guard !executed.contains(name) else { continue }
            default: break
            }
            refusals.append(refusal)
        }
        return refusals
    }

    /// Behind the last slash; the whole path where that is too short to be recognised.
    private static func fileName(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.count < shortestName ? path : name
    }

    private static let shortestName = 4

    private static let mostRefusals = 48

    /// What was refused in one way.
    package func refused(_ kind: Refusal.Kind) -> [Refusal] {
        refusals.filter { $0.kind == kind }
    }
}
