import Contact
import Syscalls
import Testing
import TraceBuilding
import Traces

@testable import Campaigns
@testable import Sandboxing

@Suite("What of the machine a target is given")
struct ProvisionChoiceTests {
    private static let postgres = Account(name: "postgres", user: 101, group: 102, groups: [120])
    private static let asPostgres = Provision(user: .account(postgres), machine: .writable)

    private static func contact(
        _ end: Trace.End, errors: String = "", listening: Bool = false,
        _ build: (inout TraceBuilder) -> Void = { _ in }
    ) -> FirstContact {
        var builder = TraceBuilder()
        builder.enter()
        build(&builder)
        builder.end(end)
        var surroundings = FirstContact.Surroundings()
        surroundings.hasArguments = true
        if listening {
            surroundings.listening = [.init(transport: "tcp", address: "0.0.0.0:80")]
            surroundings.wasServed = true
        }
        return FirstContact(
            builder.trace, output: [], errors: Array(errors.utf8), surroundings)
    }

    private static let serves = contact(.exited(status: 0), listening: true)
    private static let closedLog = contact(
        .exited(status: 1), errors: "could not open /var/log/web/e.log: Permission denied\n"
    ) { $0.open("/var/log/web/e.log", flags: 0o2101, result: -13) }
    private static let complains = contact(.exited(status: 1), errors: "bad configuration\n")

    /// The provisions that are tried, each with what it shows, until one is enough.
    private static func choice(
        unit: (provision: Provision, name: String)? = nil, isOfSystem: Bool = false,
        arguments: [String] = [], owners: [Account] = [], _ contacts: [Provision: FirstContact]
    ) -> ProvisionChoice {
        var choice = ProvisionChoice(unit: unit, isOfSystem: isOfSystem, arguments: arguments)
        while let provision = choice.next(owners: owners), let contact = contacts[provision] {
            choice.note(.init(provision, contact))
        }
        return choice
    }

    @Test("a target that comes up as it is gets nothing")
    func ordinary() {
        let choice = Self.choice([.ordinary: Self.serves])
        #expect(choice.attempts.map(\.provision) == [.ordinary])
        #expect(choice.sentence == nil)
    }

    @Test("one that may not write its log gets root and a machine that it can write to")
    func log() throws {
        let choice = Self.choice([.ordinary: Self.closedLog, .root: Self.serves])
        #expect(choice.best?.provision == .root)
        let sentence = try #require(choice.sentence)
        #expect(sentence.contains("failed at /var/log/web/e.log (openat: EACCES)"), "\(sentence)")
    }

    @Test("what a unit has is tried first, and is enough where the target comes up")
    func unit() throws {
        let choice = Self.choice(
            unit: (Self.asPostgres, "db.service"), [Self.asPostgres: Self.serves])
        #expect(choice.attempts.map(\.provision) == [Self.asPostgres])
        #expect(try #require(choice.sentence).contains("db.service"))
    }

    @Test("one that will not be root becomes whom its files belong to")
    func owner() {
        let choice = Self.choice(
            owners: [Self.postgres],
            [
                .ordinary: Self.closedLog, .root: Self.complains, Self.asPostgres: Self.serves,
            ])
        #expect(choice.best?.provision == Self.asPostgres)
    }

    @Test("a complaint of something else leads to nothing, but for a program of the system")
    func complaint() {
        let contacts = [Provision.ordinary: Self.complains, .root: Self.serves]
        #expect(Self.choice(contacts).best?.provision == .ordinary)
        #expect(Self.choice(isOfSystem: true, contacts).best?.provision == .root)
    }

    @Test("one that may not read what it is told to read is not left at that")
    func configuration() {
        let closed = Self.contact(.exited(status: 1)) {
            $0.open("/etc/radio/radio.xml", flags: 0, result: -13)
        }
        let contacts = [Provision.ordinary: closed, .root: Self.serves]
        let choice = Self.choice(arguments: ["-c", "/etc/radio/radio.xml"], contacts)
        #expect(choice.best?.provision == .root)
        #expect(Self.choice(arguments: ["-c", "other"], contacts).best?.provision == .ordinary)
    }

    @Test("where more does not help the target stays without")
    func noHelp() {
        let choice = Self.choice([.ordinary: Self.closedLog, .root: Self.closedLog])
        #expect(choice.attempts.count == 2)
        #expect(choice.best?.provision == .ordinary)
    }

    @Test("where all fails it is what the unit gives that is shown, however little others ask for")
    func failingUnit() {
        let choice = Self.choice(
            unit: (.root, "clock.service"),
            [.root: Self.closedLog, .ordinary: Self.complains])
        #expect(choice.attempts.count == 2)
        #expect(choice.best?.provision == .root)
    }

    @Test("where nothing can be given nothing more is tried, and that is said")
    func notRoot() throws {
        var choice = ProvisionChoice(unit: nil, isOfSystem: true, canGive: false)
        choice.note(.init(.ordinary, Self.closedLog))
        #expect(choice.next(owners: [Self.postgres]) == nil)
        #expect(try #require(choice.sentence).contains("a fathom that is root"))
    }

    @Test("where the machine cannot be made writable root alone is tried, and that is said")
    func obstacle() throws {
        var choice = ProvisionChoice(unit: nil, isOfSystem: false)
        choice.note(.init(.ordinary, Self.closedLog))
        #expect(choice.next(owners: []) == .root)
        let isNew = choice.giveUpWriting("no idmapped mounts")
        let isNewAgain = choice.giveUpWriting("again")
        #expect(isNew && !isNewAgain)
        let alone = Provision(user: .root, machine: .readOnly)
        #expect(choice.next(owners: []) == alone)
        choice.note(.init(alone, Self.serves))
        #expect(choice.best?.provision == alone)
        #expect(try #require(choice.sentence).contains("no idmapped mounts"))
    }
}
