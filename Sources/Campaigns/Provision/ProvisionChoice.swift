package import Contact
package import Sandboxing
internal import Syscalls

/// What of the machine a target is given: a choice from what executions with more and more of it
/// have shown.
package struct ProvisionChoice: Sendable {
    package struct Attempt: Sendable {
        package var provision: Provision
        package var contact: FirstContact

        package init(_ provision: Provision, _ contact: FirstContact) {
            self.provision = provision
            self.contact = contact
        }
    }

    /// What the unit of the program gives it, and that unit's name.
    package var unit: (provision: Provision, name: String)?
    /// Whether anything can be given: only root can give a sandbox more users than one.
    package var canGive: Bool
    /// Whether it is one of the programs that are made for root.
    package var isOfSystem: Bool
    /// The words of its command line.
    package var arguments: [String]
    package private(set) var attempts: [Attempt] = []
    /// Why nobody can write to the machine's files here; nil where that can be had.
    package private(set) var obstacle: String?

    package init(
        unit: (provision: Provision, name: String)?, isOfSystem: Bool, canGive: Bool = true,
        arguments: [String] = []
    ) {
        self.arguments = arguments
        self.canGive = canGive
        self.unit = canGive ? unit : nil
        self.isOfSystem = isOfSystem
    }

    package mutating func note(_ attempt: Attempt) { attempts.append(attempt) }

    /// Says that no sandbox can make the machine's files writable, and why: from here on what is
    /// tried goes without. False where that was known.
    package mutating func giveUpWriting(_ reason: String) -> Bool {
        guard obstacle == nil else { return false }
        obstacle = reason
        return true
    }

    /// What to try next; nil when that is over. `owners` are the accounts, other than root, whom
    /// files belong to that the command line names or that the last attempt could not use.
    package func next(owners: [Account]) -> Provision? {
        let tried = attempts.map(\.provision)
        guard let last = attempts.last else { return possible(unit?.provision ?? .ordinary) }
        if progress(of: last.contact) == .serves { return nil }
        // What a unit gives may still be wrong for this command line.
        var rest = [Provision.ordinary]
        if attempts.contains(where: { needsMore($0.contact) }) {
            rest.append(.root)
            if tried.contains(possible(.root)) {
                rest += owners.map { Provision(user: .account($0), machine: .writable) }
            }
        }
        return rest.map(possible).first { !tried.contains($0) }
    }

    private func possible(_ provision: Provision) -> Provision {
        guard obstacle != nil else { return provision }
        return Provision(user: provision.user, machine: .readOnly)
    }

    /// Whether more power or more places to write to may be what the target lacked.
    private func needsMore(_ contact: FirstContact) -> Bool {
        guard canGive, progress(of: contact) == .failed else { return false }
        return isOfSystem || !Self.lacks(of: contact).isEmpty
    }

    /// What was refused to it for want of a right or of a place.
    static func lacks(of contact: FirstContact) -> [Refusal] {
        contact.refusals.filter { refusal in
            switch refusal.kind {
            case .write, .identity, .privilege: true
            case .address: refusal.error != .addressInUse
            case .read: refusal.error != .noEntry
            case .program, .room: false
            }
        }
    }

    /// The attempt that got furthest: of several the one that was refused least, or where all failed
    /// the unit's, and of those the first.
    package var best: Attempt? {
        attempts.enumerated().max { left, right in
            let (before, after) = (rank(left.element), rank(right.element))
            return before == after ? left.offset > right.offset : before < after
        }?.element
    }

    private func rank(_ attempt: Attempt) -> (Int, Int) {
        let progress = progress(of: attempt.contact)
        // What refuses to work for anybody but its user is refused little for that.
        let isOfUnit =
            progress == .failed && unit.map { possible($0.provision) } == attempt.provision
        return (progress.rawValue, isOfUnit ? 1 : -Self.lacks(of: attempt.contact).count)
    }

    /// Whether it was refused something that it speaks of, or that it was told to use.
    private func isStopped(_ contact: FirstContact) -> Bool {
        Self.lacks(of: contact).contains { lack in
            !lack.subject.isEmpty
                && (contact.words + arguments).contains { $0.contains(lack.subject) }
        }
    }

    /// How far a target got.
    enum Progress: Int {
        case failed, ran, waits, serves
    }

    func progress(of contact: FirstContact) -> Progress {
        let isAlive =
            switch contact.end {
            case .ended, .stopped, .exited(status: 0): true
            case .exited, .killed: false
            }
        if isAlive, !contact.listening.isEmpty { return .serves }
        // What a service that ends has to say may be in its log alone, and elsewhere.
        let hasFailed = isOfSystem || unit != nil || isStopped(contact)
        if Failure(contact) != nil || (!isAlive && hasFailed) { return .failed }
        return contact.waits ? .waits : .ran
    }

    /// What was taken and why, in a sentence; nil where that is what any target gets.
    package var sentence: String? {
        guard let best else { return nil }
        if best.provision == .ordinary {
            guard !canGive, progress(of: best.contact) == .failed,
                let lack = Self.lacks(of: best.contact).first
            else { return nil }
            return "It failed at \(Self.text(lack)); a fathom that is root can give it root, and a "
                + "machine that it can write to."
        }
        let rest = obstacle.map { " The machine's files stay read-only: \($0)." } ?? ""
        return "It runs \(best.provision.words): \(reason(for: best))." + rest
    }

    private func reason(for best: Attempt) -> String {
        if let unit, possible(unit.provision) == best.provision {
            return "its unit \(unit.name) has it so"
        }
        guard let other = attempts.first(where: { $0.provision != best.provision }) else {
            return "it needs that"
        }
        let words = other.contact.words.last.map { ": " + $0 } ?? ""
        let cause = Self.lacks(of: other.contact).first.map { " at " + Self.text($0) } ?? words
        return "\(other.provision.userWords) it failed" + cause
    }

    private static func text(_ refusal: Refusal) -> String {
        let cause = "\(refusal.call.name): \(refusal.error.name)"
        return refusal.subject.isEmpty ? cause : "\(refusal.subject) (\(cause))"
    }
}

extension Provision {
    /// Whom it runs as, alone.
    fileprivate var userWords: String {
        switch user {
        case .ordinary: "as an ordinary user"
        case .root: "as root"
        case .account(let account): "as \(account.name)"
        }
    }
}
