internal import Contact
internal import Foundation
internal import Glibc
internal import Platform
internal import Sandboxing
internal import TestCases

extension Harness {
    /// Starts the target with more and more of the machine until it comes up, or until nothing is
    /// left to try; the harness then has what got it furthest.
    mutating func chooseProvision(
        meeting start: (Harness) throws -> FirstContact
    ) throws -> ProvisionChoice {
        let unit = ServiceUnit.running(started, base.arguments)
        take(unit?.environment ?? [])
        take(Self.variables(besides: name))
        // Only root can give a sandbox more users than one.
        let canGive = geteuid() == 0
        var choice = ProvisionChoice(
            unit: unit.flatMap { Self.given(by: $0) }, isOfSystem: isOfSystem, canGive: canGive,
            arguments: base.arguments.map { String(decoding: $0, as: UTF8.self) })
        while let provision = choice.next(owners: canGive ? owners(choice.attempts) : []) {
            guard !Interruption.isRequested else { break }
            do {
                var candidate = self
                candidate.provision = provision
                choice.note(ProvisionChoice.Attempt(provision, try start(candidate)))
            } catch  where provision.machine == .writable {
                guard choice.giveUpWriting("\(error)") else { throw error }
            }
        }
        if let best = choice.best { provision = best.provision }
        return choice
    }

    /// The file that people start: a script rather than what runs it.
    private var started: String { script ?? program }

    private var startedName: String {
        started.split(separator: "/").last.map(String.init) ?? started
    }

    /// Whether it is in a folder for root's programs, or is started when the machine boots.
    private var isOfSystem: Bool {
        let name = startedName
        return started.contains("/sbin/")
            || FileManager.default.fileExists(atPath: "/etc/init.d/" + name)
    }

    private static func given(by unit: ServiceUnit) -> (provision: Provision, name: String)? {
        guard let name = unit.account else { return (.root, unit.name) }
        let accounts = Accounts.ofMachine()
        guard var account = accounts.account(named: name) else { return nil }
        account.group = unit.group.flatMap { accounts.group(named: $0) } ?? account.group
        account.groups += unit.otherGroups.compactMap { accounts.group(named: $0) }
        return (Provision(user: .account(account), machine: .writable), unit.name)
    }

    /// Where services keep what is their own, below a folder of their name.
    private static let ownFolders = ["/var/lib/", "/var/log/", "/run/", "/etc/"]

    /// Whom files belong to that the command line names, or that executions could not use, or else
    /// the folders that these would be in; then the service's own folders, and the account of its
    /// name. Not root.
    private func owners(_ attempts: [ProvisionChoice.Attempt]) -> [Account] {
        let words = base.arguments.map { String(decoding: $0, as: UTF8.self) }
        let named = words.flatMap { word in
            [word] + word.split(separator: "=").dropFirst().map(String.init)
        }
        let refused = attempts.flatMap { $0.contact.refusals.map(\.subject) }
        let own = Self.ownFolders.map { $0 + startedName }
        let accounts = Accounts.ofMachine()
        let candidates =
            (named + refused + own).map { accounts.account(of: Self.owner(of: $0)) }
            + [accounts.account(named: startedName)]
        var owners: [Account] = []
        for case let account? in candidates where account.user != 0 && !owners.contains(account) {
            owners.append(account)
        }
        return owners
    }

    /// Of the file, or of the folder that it would be in; root where neither is there.
    private static func owner(of path: String) -> UInt32 {
        guard path.hasPrefix("/") else { return 0 }
        var status = stat()
        if unsafe stat(path, &status) == 0 { return status.st_uid }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        return unsafe stat("/" + folder, &status) == 0 ? status.st_uid : 0
    }

    /// What scripts around a program set for it, by the way of Apache's `envvars`.
    private static func variables(besides name: String) -> [TestCase.Variable] {
        let text = try? SmallFile.text("/etc/\(name)/envvars")
        return text.map(ShellVariables.assignments) ?? []
    }

    /// Sets variables that the command line's environment has not.
    private mutating func take(_ variables: [TestCase.Variable]) {
        for variable in variables
        where !base.environment.contains(where: { $0.name == variable.name }) {
            base.environment.append(variable)
        }
    }
}
