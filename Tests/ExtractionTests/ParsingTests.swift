import Testing

@testable import Extraction

@Suite("Configuration and values")
struct ParsingTests {
    @Test("services are read in order, without actions, comments and repetitions")
    func services() {
        let lines = [
            "# passwd: nothing", "passwd:  files [NOTFOUND=return] systemd # last",
            "hosts: files mdns4_minimal [!UNAVAIL=return success=continue] dns", "broken",
            "group:[SUCCESS=merge]extra[NOTFOUND=return]db",
        ]
        let all = ["files", "systemd", "mdns4_minimal", "dns", "extra", "db"]
        #expect(NameService.services(lines) == all)
        #expect(NameService.services(lines, of: ["passwd"]) == ["files", "systemd"])
        #expect(NameService.services(lines, of: ["group", "shadow"]) == ["extra", "db"])
    }

    @Test(
        "names of libraries are told from other texts",
        arguments: [
            ("libgcc_s.so.1", true), ("/opt/x/plugin.so", true), ("libnss_%s.so%s", false),
            (".so", false), ("ld.so.cache", false), ("also", false), ("a.sorted", false),
        ])
    func libraryNames(_ text: String, _ isName: Bool) {
        #expect(NamedLibraries.isLibraryName(text) == isName)
    }

    @Test("the lines of a stack are told apart")
    func authentication() {
        func parse(_ line: String) -> AuthenticationModules.Stacks.Line? {
            AuthenticationModules.Stacks.parse(line.split(separator: " ").map(String.init))
        }
        #expect(
            parse("auth [success=1 default=ignore] pam_unix.so nullok")
                == .entry(.init(kind: .auth, module: "pam_unix.so")))
        #expect(
            parse("-Session optional /opt/$ISA/pam_x.so")
                == .entry(.init(kind: .session, module: "/opt/pam_x.so")))
        #expect(parse("@include common-account") == .include("common-account"))
        #expect(parse("password substack deep") == .includeKind("deep", .password))
        #expect(parse("auth [broken pam_unix.so") == nil)
        #expect(parse("auth required") == nil)
        let joined = AuthenticationModules.Stacks.joined(["a \\", " b # c", "", "d"])
        #expect(joined == [["a", "b"], ["d"]])
    }

    @Test("joined values keep every number, up to a limit")
    func joins() {
        let few = AbstractValue.constants([1, 3]).joined(.constant(2))
        #expect(few == .constants([1, 2, 3]))
        #expect(AbstractValue.constant(1).joined(.unknown) == .unknown)
        #expect(AbstractValue.parameter(.register(0)).joined(.constant(1)) == .unknown)
        let many = (0..<30).map { AbstractValue.constant($0) }
        let all = many.reduce(AbstractValue.constant(0)) { $0.joined($1) }
        #expect(all == .unknown)
    }

    @Test("values are cut and extended as registers do it")
    func widths() {
        let value = AbstractValue.constant(0xffff_ffff_ffff_ff80)
        #expect(value.truncated(to: 4) == .constant(0xffff_ff80))
        #expect(AbstractValue.constant(0x80).signExtended(from: 1) == value)
        #expect(AbstractValue.stack(-8).adding(.constant(16)) == .stack(8))
        #expect(AbstractValue.stack(0).truncated(to: 4) == .unknown)
    }
}
