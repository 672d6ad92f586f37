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
        let unit = ServiceUnit.running(program, base.arguments)
        take(unit?.environment ?? [])
        take(Self.variables(besides: name))
        // Only root can give a sandbox more users than one.
        let canGive = geteuid() == 0
        var choice = ProvisionChoice(
            unit: unit.flatMap { Self.given(by: $0) }, isOfSystem: isOfSystem, canGive: canGive,
            arguments: base.arguments.map { String(decoding: $0, as: UTF8.self) })
        while let provision = choice.next(owners: canGive ? owners(choice.attempts.last) : []) {
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

    /// Whether it is in a folder for root's programs, or is started when the machine boots.
    private var isOfSystem: Bool {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        return program.contains("/sbin/")
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

    /// Whom files belong to that the command line names, or that an execution could not use; not
    /// root.
    private func owners(_ attempt: ProvisionChoice.Attempt?) -> [Account] {
        let words = base.arguments.map { String(decoding: $0, as: UTF8.self) }
        let paths =
            words.flatMap { word in
                [word] + word.split(separator: "=").dropFirst().map(String.init)
            } + (attempt?.contact.refusals.map(\.subject) ?? [])
        let accounts = Accounts.ofMachine()
        var owners: [Account] = []
        for path in paths where path.hasPrefix("/") {
            var status = stat()
            guard unsafe stat(path, &status) == 0, status.st_uid != 0,
                let account = accounts.account(of: status.st_uid), !owners.contains(account)
            else { continue }
            owners.append(account)
        }
        return owners
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
