package import Contact
internal import Syscalls
package import Texts

/// What the first execution of a target showed, for people and as JSON.
package struct FirstContactView: Sendable, Encodable {
    /// How it ended, a clause behind "it".
    package let end: String
    package let seconds: Double
    /// A sentence; nil where nothing seems to be wrong.
    package let failure: String?
    /// The last lines that it wrote, errors before output.
    package let words: [String]
    /// What was refused to it, by kind.
    package let refusals: [Row]
    package let listening: [FirstContact.Address]
    package let destinations: [FirstContact.Address]
    package let waits: Bool
    package let programs: [String]
    /// The rows for people, where what was looked for in many folders stands once.
    private let summary: [(kind: Refusal.Kind, subjects: [String])]

    private enum CodingKeys: CodingKey {
        case end, seconds, failure, words, refusals, listening, destinations, waits, programs
    }

    /// What was refused in one way.
    package struct Row: Sendable, Encodable {
        package let kind: Refusal.Kind
        /// Each with the call and the error, such as `/var/log/x (openat: EACCES)`.
        package let subjects: [String]
    }

    package init(_ contact: FirstContact) {
        end = Self.end(of: contact)
        seconds = contact.seconds
        failure = Failure(contact).map { Self.sentence($0, contact) }
        // Of what went well the output is of no interest here.
        let isHeard = contact.hasComplained || failure != nil || Self.isBad(contact.end)
        words = isHeard ? contact.words : []
        refusals = Refusal.Kind.allCases.compactMap { kind in
            let subjects = contact.refused(kind).map(Self.text)
            return subjects.isEmpty ? nil : Row(kind: kind, subjects: subjects)
        }
        summary = Refusal.Kind.allCases.map { ($0, Self.summary(of: contact.refused($0))) }
        listening = contact.listening
        destinations = contact.destinations
        waits = contact.waits
        programs = contact.programs
    }

    // MARK: Text

    /// How it ended and whom it waits for, in one line.
    package var sentence: String {
        (["it \(end)"] + peers).joined(separator: "; ")
    }

    /// Whom it waits for and whom it turns to.
    private var peers: [String] {
        var peers: [String] = []
        if !listening.isEmpty { peers.append("it waits at " + Self.list(listening.map(Self.text))) }
        if !destinations.isEmpty {
            peers.append("it connects to " + Self.list(destinations.map(Self.text)))
        }
        return peers
    }

    /// The first execution in lines, at most `width` columns wide: how it ended and what it said,
    /// what was refused to it, whom it waits for, and at last the judgement.
    package func text(width: Int) -> ShownText {
        var lines = WrappedText.lines("First execution: it \(end).", width: width)
        lines += words.map { "  | \($0)" }
        for (name, value) in rows {
            lines.append(WrappedText.paragraph("  \(name): ", value, width: width))
        }
        if !peers.isEmpty {
            let kind = listening.isEmpty ? "A client: " : "A server: "
            lines += WrappedText.lines(kind + peers.joined(separator: "; ") + ".", width: width)
        }
        if let failure { lines += WrappedText.lines(failure, width: width) }
        return lines.joined(separator: "\n")
    }

    private var rows: [(String, String)] {
        var rows = summary.filter { !$0.subjects.isEmpty }
            .map { (Self.name(of: $0.kind), Self.list($0.subjects)) }
        if !programs.isEmpty { rows.append(("it executed", Self.list(programs))) }
        return rows
    }

    private static let shown = 6

    private static func list(_ names: [String]) -> String {
        let rest = names.count - shown
        return names.prefix(shown).joined(separator: ", ")
            + (rest > 0 ? " and \(Figures.count(rest)) more" : "")
    }

    private static func text(_ address: FirstContact.Address) -> String {
        "\(address.address) (\(address.transport))"
    }

    private static func text(_ refusal: Refusal) -> String {
        text(refusal.subject, refusal)
    }

    private static func text(_ subject: String, _ refusal: Refusal) -> String {
        let cause = "\(refusal.call.name): \(refusal.error.name)"
        return subject.isEmpty ? cause : "\(subject) (\(cause))"
    }

    /// A name for which more places than this were looked at is told once.
    private static let fewPlaces = 2

    private static func summary(of refusals: [Refusal]) -> [String] {
        func name(_ refusal: Refusal) -> String {
            refusal.subject.split(separator: "/").last.map(String.init) ?? ""
        }
        var texts: [String] = []
        for (index, refusal) in refusals.enumerated() {
            let alike = refusals.indices.filter { other in
                refusals[other].error == refusal.error && refusals[other].call == refusal.call
                    && !name(refusal).isEmpty && name(refusals[other]) == name(refusal)
            }
            if alike.count <= fewPlaces {
                texts.append(text(refusal))
            } else if alike.first == index {
                texts.append(text("\(name(refusal)) in \(alike.count) folders", refusal))
            }
        }
        return texts
    }

    private static func name(of kind: Refusal.Kind) -> String {
        switch kind {
        case .write: "could not write"
        case .read: "could not read"
        case .program: "could not execute"
        case .identity: "could not become"
        case .address: "could not wait at"
        case .privilege: "had no right to"
        case .room: "had no room to"
        }
    }

    private static func isBad(_ end: FirstContact.End) -> Bool {
        switch end {
        case .exited(let status): status != 0
        case .killed: true
        case .ended, .stopped: false
        }
    }

    private static func end(of contact: FirstContact) -> String {
        (contact.isOfBackground == true ? "went on in the background and " : "")
            + plainEnd(of: contact)
    }

    private static func plainEnd(of contact: FirstContact) -> String {
        let time = "after \(Figures.rate(contact.seconds)) s"
        switch contact.end {
        case .exited(let status): return "exited with status \(status) \(time)"
        case .killed(let signal): return "was killed by \(SignalName.of(signal)) \(time)"
        case .ended: return "came up as a server, and ended when it was told to"
        case .stopped(let reason):
            switch reason {
            case "blocked", "idle": return "slept \(time), with nobody to wake it, and was ended"
            case "wall-time": return "was still at it \(time), and was ended"
            case "cpu-time": return "still computed \(time), and was ended"
            case "memory": return "took more memory than it may \(time), and was ended"
            case "too-many-processes":
                return "had more processes than it may \(time), and was ended"
            case "too-many-events":
                return "made more system calls than it may \(time), and was ended"
            default: return "was ended by Fathom \(time): \(reason)"
            }
        }
    }

    private static func sentence(_ failure: Failure, _ contact: FirstContact) -> String {
        let cause =
            switch failure {
            case .killed(let signal): "it is killed by \(SignalName.of(signal))"
            case .neverBegan: "it ends in its loader, before its own code"
            case .refusedArguments: "it does not accept its command line"
            case .lacked(let refusals):
                refusals.prefix(1).map { "\(name(of: $0.kind)) \(text($0))" }
                    .map { "it " + $0 }.joined()
            case .complained: "it complains and ends"
            case .gaveUpServing: "it takes an address and ends, before anybody could speak to it"
            }
        return "The base case fails: \(cause). Every test case begins with it, so what follows "
            + "speaks of a program that fails."
    }
}
