import Phasing
import Policies
import Syscalls
import Testing
import Traces

@Suite("Remarks on enforcement")
struct EnforcementRemarkTests {
    static func remarks(_ observations: [Observation]) throws -> [String] {
        let serve = Phase(name: "serve")
        return try Policy(
            target: Policy.Target(path: "/bin/demo", sha256: "00"),
            basis: Policy.Basis(architecture: "x86_64", kernel: "6", library: "", tool: ""),
            model: PhaseModel(
                name: "learned", entry: .initialization,
                rules: [PhaseModel.Rule(phase: serve, summary: "")]),
            observations: observations, staticSet: nil,
            options: Policy.Options(environment: false)
        ).enforcementRemarks
    }

    static func seen(_ name: String, _ phase: String, role: Role = .root) -> Observation {
        PolicyFixture.observation(name, role: role, phase: phase)
    }

    @Test("a server that makes no process while it serves is said to be unable to")
    func noBirths() throws {
        let remarks = try Self.remarks([
            Self.seen("clone", "init"), Self.seen("poll", "serve"),
        ])
        #expect(remarks.count == 1)
        #expect(remarks[0].contains("in phase serve root can make no process"))
        #expect(remarks[0].contains("saving in the background"))
    }

    @Test("a server whose new workers could not set themselves up is said to be so")
    func refusedSetUp() throws {
        let remarks = try Self.remarks([
            Self.seen("clone", "init"), Self.seen("clone", "serve"), Self.seen("poll", "serve"),
            Self.seen("setuid", "init", role: .worker), Self.seen("poll", "serve", role: .worker),
        ])
        #expect(remarks.count == 1)
        #expect(remarks[0].hasSuffix("these calls were not seen there: setuid"), "\(remarks)")
    }

    @Test("what other threads call is named, as it stays allowed in every phase")
    func threads() throws {
        let remarks = try Self.remarks([
            Self.seen("read", "init"), Self.seen("fsync", "init", role: .thread),
        ])
        #expect(remarks.count == 1)
        #expect(remarks[0].hasSuffix("stays allowed in all of them: fsync"))
    }

    @Test("a program that serves nobody has no remarks")
    func none() throws {
        #expect(try Self.remarks([Self.seen("clone", "init"), Self.seen("read", "init")]).isEmpty)
    }
}
