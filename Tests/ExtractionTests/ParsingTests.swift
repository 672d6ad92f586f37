import Testing

@testable import Extraction

@Suite("Configuration and values")
struct ParsingTests {
    @Test("services are read in order, without actions, comments and repetitions")
    func services() {
        let lines = [
            "# passwd: nothing", "passwd:  files [NOTFOUND=return] systemd # last",
            "hosts: files mdns4_minimal [!UNAVAIL=return success=continue] dns", "broken",
        ]
        #expect(NameService.services(lines) == ["files", "systemd", "mdns4_minimal", "dns"])
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

    @Test("authentication modules are found in the lines of a stack")
    func authentication() {
        let lines = [
            "auth [success=1 default=ignore] pam_unix.so nullok", "# auth x pam_no.so",
            "@include common-account", "session optional /opt/pam_extra.so debug",
        ]
        #expect(AuthenticationModules.modules(lines) == ["pam_unix.so", "/opt/pam_extra.so"])
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
