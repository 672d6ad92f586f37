package import Sandboxing

/// What a target is given of the machine.
package struct Provision: Hashable, Sendable, Codable {
    package var user: TargetUser
    package var machine: MachineView

    package init(user: TargetUser, machine: MachineView) {
        self.user = user
        self.machine = machine
    }

    /// What is not asked for otherwise: a user without power, who can change nothing.
    package static let ordinary = Provision(user: .ordinary, machine: .readOnly)
    /// What services are started with.
    package static let root = Provision(user: .root, machine: .writable)

    /// In words, behind "it runs".
    package var words: String {
        let user =
            switch user {
            case .ordinary: "as an ordinary user"
            case .root: "as root of its sandbox"
            case .account(let account): "as \(account.name)"
            }
        return machine == .readOnly
            ? user : user + " and can write to the machine's files, until the execution is over"
    }
}

extension Harness {
    package var provision: Provision {
        get { Provision(user: user, machine: machine) }
        set {
            user = newValue.user
            see(newValue.machine)
        }
    }
}
