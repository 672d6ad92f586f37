internal import Syscalls

/// That a target came to nothing in its first execution: a judgement over the facts.
///
/// An exit status alone says nothing, as `diff` and `grep` answer with one. Silent about that, and
/// about whoever did anything: served, wrote to its output, or ended well.
package enum Failure: Hashable, Sendable {
    /// A signal that nobody sent ended it.
    case killed(signal: Int32)
    /// Its loader gave up, for a library or a version that is not there.
    case neverBegan
    /// It understood its command line to be wrong.
    case refusedArguments
    /// It complained of what was refused to it.
    case lacked([Refusal])
    /// It complained and ended.
    case complained
    /// It took an address and ended, with a status that says that it failed.
    case gaveUpServing

    /// Nil where nothing seems to be wrong, and where nothing was asked of it: many programs want
    /// arguments, which are tried.
    package init?(_ contact: FirstContact) {
        switch contact.end {
        case .ended, .stopped: return nil
        case .killed(let signal):
            self = .killed(signal: signal)
            return
        case .exited(let status):
            guard status != 0 || !contact.reachedEntry else { return nil }
        }
        guard contact.reachedEntry else {
            self = .neverBegan
            return
        }
        // Nobody has said anything to it.
        if !contact.hasComplained, !contact.listening.isEmpty, contact.destinations.isEmpty {
            self = .gaveUpServing
            return
        }
        // What a client complains of may be what its peer has said.
        guard contact.hasComplained, !contact.hasAnswered, contact.destinations.isEmpty else {
            return nil
        }
        let blamed = Self.blamed(in: contact)
        if !blamed.isEmpty {
            self = .lacked(blamed)
        } else if Self.namesUsage(contact.words) {
            guard contact.hasArguments else { return nil }
            self = .refusedArguments
        } else {
            self = .complained
        }
    }

    /// The refusals that the last words speak of, by the name of the file or the kind of failure.
    private static func blamed(in contact: FirstContact) -> [Refusal] {
        contact.refusals.filter { refusal in
            contact.words.contains { line in
                let name = refusal.subject.split(separator: "/").last.map(String.init) ?? ""
                if !name.isEmpty, line.contains(name) { return true }
                // A missing file that is not named may be any.
                guard refusal.error != .noEntry, let text = refusal.error.sentence else {
                    return false
                }
                return line.contains(text)
            }
        }
    }

    /// What the usual parsers of command lines say, in lower case.
    private static let usageMarks = [
        "usage:", "--help", "invalid option", "unrecognized option", "unrecognised option",
        "unknown option", "illegal option", "bad option", "unknown argument",
        "unrecognized argument", "requires an argument", "missing operand", "unexpected argument",
        "no such option", "unknown switch",
    ]

    private static func namesUsage(_ words: [String]) -> Bool {
        words.contains { line in
            let line = line.lowercased()
            return usageMarks.contains { line.contains($0) }
        }
    }
}
