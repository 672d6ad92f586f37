import Extraction
import Foundation
import Syscalls
import Testing

@testable import Extraction

@Suite("Plugins")
struct PluginTests {
    private let marks = SyscallNumber.marks

    private func found(_ set: StaticSet) -> [String] {
        marks.filter(set.syscalls.contains).map(\.name)
    }

    static let hasLibrary = FileManager.default.fileExists(
        atPath: SystemTree.libraries + "/libpam.so.0")

    /// A tree with a module for each mark, asked for passwords by a service of its own.
    private func authenticationTree(_ service: String) throws -> SystemTree {
        let tree = try SystemTree()
        let library = SystemTree.libraries + "/libpam.so.0"
        let program = try CompiledProgram.path("authenticates", ["-DSERVICE=\(service)", library])
        try tree.add(
            program, at: "/usr/bin/authenticates",
            libraries: ["libpam.so.0", "libaudit.so.1", "libcap-ng.so.0"])
        for (mark, function) in zip(
            marks, ["authenticate", "authenticate", "authenticate", "authenticate", "chauthtok"])
        {
            let module = try SystemTree.library("pam_sm_\(function)", calls: mark)
            try tree.copy(
                module, to: SystemTree.libraries + "/security/pam_\(mark.name).so")
        }
        try tree.write(
            """
            auth [success=1 default=ignore] pam_sethostname.so nullok
            @include shared
            """, to: "/etc/pam.d/one")
        try tree.write("auth \\\n required pam_setdomainname.so\n", to: "/etc/pam.d/shared")
        try tree.write("-auth required /opt/none.so\n", to: "/etc/pam.d/other")
        try tree.write(
            """
            # auth required pam_acct.so
            auth substack deeper
            password required pam_acct.so
            """, to: "/etc/pam.d/two")
        try tree.write("auth required pam_reboot.so\n", to: "/etc/pam.d/deeper")
        return tree
    }

    @Test(
        "a constant service name loads that service's stack and what it includes",
        .enabled(if: Self.hasLibrary, "libpam0g is not installed"))
    func oneService() throws {
        let tree = try authenticationTree("\"one\"")
        let set = try tree.extract("/usr/bin/authenticates")
        #expect(found(set) == ["sethostname", "setdomainname"])
        let detail = set.assumptions.first { $0.name == "pam" }?.detail
        #expect(detail?.hasPrefix("modules of the services one other:") == true)
        // What the library loads is accounted for.
        #expect(!set.unresolved.contains { $0.site.module.contains("libpam") })
        #expect(set.inputs.contains { $0.path == "/etc/pam.d/shared" && $0.hash != nil })
        #expect(!set.inputs.contains { $0.path == "/etc/pam.d/two" })
    }

    @Test(
        "any other name loads the modules of all services, for what the program asks of them",
        .enabled(if: Self.hasLibrary, "libpam0g is not installed"))
    func allServices() throws {
        let tree = try authenticationTree("arguments[1]")
        let set = try tree.extract("/usr/bin/authenticates")
        // The module that changes passwords is loaded, but nothing changes one.
        #expect(found(set) == ["sethostname", "setdomainname", "reboot"])
        #expect(set.modules.contains { $0.hasSuffix("/pam_acct.so") })
        let without = try tree.extract("/usr/bin/authenticates", without: ["pam"])
        #expect(found(without).isEmpty)
        #expect(without.unresolved.contains { $0.site.module.contains("libpam") })
    }

    @Test("libraries that are given count in full; those that are not there are named")
    func givenLibraries() throws {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("ordinary", []), at: "/usr/bin/ordinary")
        try tree.copy(SystemTree.library("mark", calls: marks[3]), to: "/opt/given.so")
        for path in ["/opt/given.so", tree.root + "/opt/given.so"] {
            let set = try tree.extract("/usr/bin/ordinary", libraries: [path, "/opt/no.so"])
            #expect(found(set).contains("swapon"))
            let detail = set.assumptions.first { $0.name == "libraries" }?.detail
            #expect(detail == "libraries given: /opt/given.so; not found: /opt/no.so")
        }
    }

    /// A program with a folder of modules, one for each mark, and one elsewhere.
    private func moduleTree() throws -> SystemTree {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("loads-modules", []), at: "/usr/bin/loads-modules")
        for mark in marks.dropLast() {
            try tree.copy(
                SystemTree.library("start_\(mark.name)", calls: mark),
                to: "/usr/lib/loads-modules/mod_\(mark.name).so")
        }
        try tree.copy(
            SystemTree.library("start_sync", calls: marks[5]), to: "/opt/modules/sync.so")
        return tree
    }

    @Test("of the modules in a program's own folder those count that its configuration names")
    func configuredModules() throws {
        let tree = try moduleTree()
        try tree.write(
            """
            # "mod_reboot"
            modules = ( "mod_sethostname", "mod_swapon.so" )
            """, to: "/etc/loads-modules/main.conf")
        try tree.write("load /opt/modules/sync.so", to: "/etc/loads-modules/enabled/one.load")
        let set = try tree.extract("/usr/bin/loads-modules")
        #expect(found(set) == ["sethostname", "swapon", "sync"])
        let without = try tree.extract("/usr/bin/loads-modules", without: ["modules"])
        #expect(found(without).isEmpty)
    }

    @Test("all modules of a program's own folder count where no configuration names any")
    func unconfiguredModules() throws {
        let tree = try moduleTree()
        try tree.write("verbose = yes", to: "/etc/loads-modules/main.conf")
        let set = try tree.extract("/usr/bin/loads-modules")
        #expect(found(set) == marks.dropLast().map(\.name))
    }

    @Test("a library that no folder of the loader has is looked for beside the one that needs it")
    func besideLibrary() throws {
        let tree = try SystemTree()
        let inner = try SystemTree.library(
            "mark", calls: marks[0], ["-Wl,-soname,libinner.so"])
        let program = try SystemTree.program(calling: "mark", of: inner)
        try tree.add(program, at: "/opt/runtime/lib/program")
        let lost = try tree.extract("/opt/runtime/lib/program")
        #expect(lost.unresolved.contains { $0.detail.contains("libinner.so") })
        try tree.copy(inner, to: "/opt/runtime/lib/server/libinner.so")
        let set = try tree.extract("/opt/runtime/lib/program")
        #expect(found(set) == ["sethostname"])
        #expect(!set.unresolved.contains { $0.detail.contains("libinner.so") })
    }

    @Test("programs without the code that loads plugins gain none")
    func triggers() throws {
        let set = try Extractor.extract(CompiledProgram.path("ordinary", []))
        let names = Set(set.assumptions.map(\.name))
        #expect(names.isSubset(of: ["dlopen", "dormant", "gconv"]))
        #expect(names.isSubset(of: Extractor.assumptionNames))
    }

    // MARK: Configuration files

    private func tree(_ files: [String: String]) throws -> FileTree {
        let tree = try SystemTree()
        for (path, text) in files { try tree.write(text, to: path) }
        return FileTree(sysroot: tree.root)
    }

    @Test("OpenSSL's configuration names what it activates, also in files that it includes")
    func cryptography() throws {
        let tree = try tree([
            "/etc/ssl/openssl.cnf": """
            openssl_conf = init  # the common section
            .include = /etc/ssl/more
            [ init ]
            providers = provider_list
            engines = engine_list
            [provider_list]
            legacy = legacy_settings
            idle = idle_settings
            other = other_settings
            [legacy_settings]
            activate = 1
            [idle_settings]
            module = /opt/idle.so
            """,
            "/etc/ssl/more/extra.cnf": """
            [other_settings]
            module = "/opt/other.so"
            activate = yes
            [engine_list]
            one = engine_settings
            [engine_settings]
            engine_id = pkcs11
            """,
            "/etc/ssl/more/readme": "[engine_list]\ntwo = engine_settings\n",
        ])
        var configuration = CryptographyConfiguration()
        configuration.read("/etc/ssl/openssl.cnf", tree)
        #expect(configuration.providers == ["legacy"])
        #expect(configuration.engines == ["pkcs11"])
        #expect(configuration.paths == ["/opt/other.so"])
    }

    @Test("Kerberos modules stand in one section, also of included files")
    func kerberos() throws {
        let tree = try tree([
            "/etc/krb5.conf": """
            includedir /etc/krb5.conf.d
            [libdefaults]
              module = no:no.so
            [plugins]
              clpreauth = {
                # module = old:old.so
                module = one:preauth/one.so
              }
            """,
            "/etc/krb5.conf.d/two": "[plugins]\n pwqual = { module = two:/opt/two.so }\n",
        ])
        #expect(
            Set(KerberosModules.modules(tree, file: "/etc/krb5.conf"))
                == ["preauth/one.so", "/opt/two.so"])
    }

    @Test("token modules stand in lines of their own")
    func tokens() {
        let lines = ["# module: no.so", "module: p11-kit-trust.so", "modules: x", "priority: 1"]
        #expect(TokenModules.modules(lines) == ["p11-kit-trust.so"])
    }
}
