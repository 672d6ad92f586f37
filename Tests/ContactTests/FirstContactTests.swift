import Contact
import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("First contact")
struct FirstContactTests {
    static func contact(
        _ builder: TraceBuilder, errors: String = "",
        _ surroundings: FirstContact.Surroundings = FirstContact.Surroundings()
    ) -> FirstContact {
        FirstContact(builder.trace, output: [], errors: Array(errors.utf8), surroundings)
    }

    @Test("what could not be opened for writing is told from what could not be read")
    func failedWrites() {
        var builder = TraceBuilder()
        builder.enter()
        builder.open("/var/log/a", flags: 0o2101, result: -13)
        builder.open("/var/log/a", flags: 0o2101, result: -13)
        builder.open("/etc/shadow", flags: 0, result: -13)
        builder.open("/missing/made", flags: 0o101, result: -2)
        builder.open("/missing/changed", flags: 2, result: -2)
        let contact = Self.contact(builder)
        #expect(contact.refused(.write).map(\.subject) == ["/var/log/a", "/missing/made"])
        #expect(contact.refused(.read).map(\.subject) == ["/etc/shadow"])
    }

    @Test("a missing file counts when the program complains of it")
    func missingFiles() {
        var builder = TraceBuilder()
        builder.open("/lib/one.so", flags: 0, result: -2)
        builder.open("/etc/app.conf", flags: 0, result: -2)
        let contact = Self.contact(builder, errors: "app: app.conf: not there\n")
        #expect(contact.refused(.read).map(\.subject) == ["/etc/app.conf"])
    }

    @Test("that there was no room for what it wrote is no lack of a place")
    func room() {
        var builder = TraceBuilder()
        builder.call("write", [1, 0x1000, 65536], result: -28)
        builder.call("fallocate", [3, 0, 0, 1 << 40], result: -27)
        let contact = Self.contact(builder)
        #expect(contact.refused(.room).map(\.call.name) == ["write", "fallocate"])
        #expect(contact.refused(.write).isEmpty)
    }

    @Test("a server that asks whether another is at its address is no client")
    func asks() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("bind", [3, 0x1000, 20], result: -2)
        builder.name("/run/bird/bird.ctl")
        var surroundings = FirstContact.Surroundings()
        surroundings.destinations = [
            .init(transport: "unix-stream", address: "/run/bird/bird.ctl"),
            .init(transport: "unix-stream", address: "/run/other"),
        ]
        let contact = Self.contact(builder, surroundings)
        #expect(contact.destinations.map(\.address) == ["/run/other"])
    }

    @Test("users and groups that it could not become are kept with their ids")
    func failedIdentities() {
        var builder = TraceBuilder()
        builder.call("setgroups", [1, 0x1000], result: -1)
        builder.call("setresuid", [33, 33, 0xffff_ffff], result: -1)
        builder.call("setuid", [33], result: 0)
        let identities = Self.contact(builder).refused(.identity)
        #expect(identities.map(\.call.name) == ["setgroups", "setresuid"])
        #expect(identities.map(\.subject) == ["", "33, 33"])
    }

    @Test("an address that it could not take is named")
    func failedAddresses() {
        var builder = TraceBuilder()
        builder.call("bind", [3, 0x1000, 16], result: -13)
        builder.name("127.0.0.1:80")
        let refused = Self.contact(builder).refused(.address)
        #expect(refused.map(\.subject) == ["127.0.0.1:80"])
        #expect(refused.first?.error == .noAccess)
    }

    @Test("settings of the kernel that cannot be written are no files that are missing")
    func settings() {
        var builder = TraceBuilder()
        builder.open("/proc/self/oom_score_adj", flags: 1, result: -13)
        #expect(Self.contact(builder).refused(.write).isEmpty)
        #expect(Self.contact(builder).refused(.privilege).count == 1)
    }

    @Test("a program that was found further along the search path was not refused")
    func searchPath() {
        var builder = TraceBuilder()
        builder.call("execve", result: -2)
        builder.name("/usr/local/bin/sleep")
        builder.call("execve", result: -2)
        builder.name("/usr/bin/missing-tool")
        _ = builder.exec("/usr/bin/sleep", in: builder.fork())
        let contact = Self.contact(builder)
        #expect(contact.refused(.program).map(\.subject) == ["/usr/bin/missing-tool"])
        #expect(contact.programs == ["/usr/bin/sleep"])
    }

    @Test("its last lines are whole, in order, and without control sequences")
    func words() {
        let text = "one\n\n\u{1b}[31mtwo\u{1b}[0m\tthree\r\nfour\u{7}\n"
        #expect(Self.contact(TraceBuilder(), errors: text).words == ["one", "two three", "four"])
        let silent = FirstContact(
            TraceBuilder().trace, output: Array("said".utf8), errors: [],
            FirstContact.Surroundings())
        #expect(silent.words == ["said"])
    }

    @Test("a server that was asked to end has waited, however it went")
    func served() {
        var surroundings = FirstContact.Surroundings()
        surroundings.wasServed = true
        surroundings.listening = [.init(transport: "tcp", address: "127.0.0.1:80")]
        var builder = TraceBuilder()
        builder.end(.killed(signal: 15))
        let contact = Self.contact(builder, surroundings)
        #expect(contact.waits && contact.end == .ended)
        builder.end(.exited(status: 1))
        #expect(Self.contact(builder, surroundings).end == .ended)
        #expect(Self.contact(builder).end == .exited(status: 1))
        #expect(!Self.contact(builder).waits)
        builder.end(.stopped(.blocked))
        #expect(Self.contact(builder).waits)
    }

    @Test("there is an end to what is kept of a program that tries without end")
    func bounded() {
        var builder = TraceBuilder()
        for number in 0..<1000 { builder.open("/var/\(number)", flags: 0o101, result: -13) }
        #expect((1...100).contains(Self.contact(builder).refusals.count))
    }
}
