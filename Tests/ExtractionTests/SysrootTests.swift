import Extraction
import Foundation
import Syscalls
import Testing

@Suite("Trees of other systems")
struct SysrootTests {
    private let marks = SyscallNumber.marks

    private func linked(
        _ number: SyscallNumber, _ options: [String] = []
    ) throws -> (library: String, program: String) {
        let library = try SystemTree.library(
            "mark", calls: number, ["-Wl,-soname,libmark.so.1"])
        return (library, try SystemTree.program(calling: "mark", of: library, options))
    }

    /// The marks in a set.
    private func found(_ set: StaticSet) -> [String] {
        marks.filter(set.syscalls.contains).map(\.name)
    }

    @Test("links that lead outside are followed inside, and only files of the tree are read")
    func links() throws {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("looks-up", []), at: "/usr/bin/looks-up")
        try tree.link("/usr/local/bin/looks-up", to: "/../../bin/../bin/looks-up")
        let set = try tree.extract("/usr/local/bin/looks-up")
        #expect(set.binary == tree.root + "/usr/bin/looks-up")
        #expect(set.modules.count == 3)
        #expect(set.modules.allSatisfy { $0.hasPrefix(tree.root + "/usr/") })
        #expect(!set.unresolved.contains { $0.kind == "library" })
        // A link to a file that only the host has leads nowhere.
        try tree.link("/usr/bin/outside", to: "/proc/self/exe")
        #expect(throws: ExtractionError.self) { try tree.extract("/usr/bin/outside") }
    }

    @Test("the tree's own nsswitch.conf decides which services are loaded")
    func nameService() throws {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("looks-up", []), at: "/usr/bin/looks-up")
        let service = try SystemTree.library("_nss_extra_getpwnam_r", calls: marks[0])
        try tree.copy(service, to: SystemTree.libraries + "/libnss_extra.so.2")
        try tree.write("passwd: files\n", to: "/etc/nsswitch.conf")
        let plain = try tree.extract("/usr/bin/looks-up")
        #expect(found(plain).isEmpty)
        try tree.write("passwd: files [SUCCESS=return] extra\n", to: "/etc/nsswitch.conf.real")
        try FileManager.default.removeItem(atPath: tree.root + "/etc/nsswitch.conf")
        try tree.link("/etc/nsswitch.conf", to: "/../etc/nsswitch.conf.real")
        let extended = try tree.extract("/usr/bin/looks-up")
        #expect(found(extended) == ["sethostname"])
        let added = extended.assumptions.first { $0.name == "nss" }?.added
        #expect(added?.contains(marks[0]) == true)
        // What was read differs, and the result says so.
        let inputs = [plain, extended].map { set in
            set.inputs.first { $0.path == "/etc/nsswitch.conf" }?.hash
        }
        #expect(inputs[0] != nil && inputs[1] != nil && inputs[0] != inputs[1])
        #expect(found(try tree.extract("/usr/bin/looks-up", without: ["nss"])).isEmpty)
    }

    @Test("a service is not asked for users by a program that looks up hosts")
    func otherNameService() throws {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("looks-up", ["-DHOST"]), at: "/usr/bin/looks-up")
        let users = try SystemTree.library("_nss_users_getpwnam_r", calls: marks[0])
        try tree.copy(users, to: SystemTree.libraries + "/libnss_users.so.2")
        let hosts = try SystemTree.library("_nss_hosts_gethostbyname_r", calls: marks[1])
        try tree.copy(hosts, to: SystemTree.libraries + "/libnss_hosts.so.2")
        try tree.write("passwd: users\nhosts: hosts\n", to: "/etc/nsswitch.conf")
        #expect(found(try tree.extract("/usr/bin/looks-up")) == [marks[1].name])
    }

    @Test("a service is loaded when a database that names it is asked, not for others")
    func otherDatabase() throws {
        let tree = try SystemTree()
        try tree.add(CompiledProgram.path("looks-up", ["-DHOST"]), at: "/usr/bin/looks-up")
        // It would answer for hosts, if it were asked.
        let service = try SystemTree.library("_nss_extra_gethostbyname_r", calls: marks[0])
        try tree.copy(service, to: SystemTree.libraries + "/libnss_extra.so.2")
        try tree.write("passwd: extra\nhosts: files\n", to: "/etc/nsswitch.conf")
        #expect(found(try tree.extract("/usr/bin/looks-up")).isEmpty)
        try tree.write("passwd: files\nhosts: files extra\n", to: "/etc/nsswitch.conf")
        #expect(found(try tree.extract("/usr/bin/looks-up")) == [marks[0].name])
    }

    @Test("folders of ld.so.conf count where there is no cache, those of included files too")
    func configuredFolders() throws {
        let tree = try SystemTree()
        let (library, program) = try linked(marks[0])
        try tree.add(program, at: "/usr/bin/marked")
        try tree.copy(library, to: "/opt/vendor/libmark.so.1")
        let before = try tree.extract("/usr/bin/marked")
        #expect(before.unresolved.contains { $0.detail.contains("needs libmark.so.1") })
        try tree.write("include ld.so.conf.d/*.conf\n", to: "/etc/ld.so.conf")
        try tree.write("# vendor\n/opt/vendor  # last\n", to: "/etc/ld.so.conf.d/vendor.conf")
        try tree.write("/opt/other\n", to: "/etc/ld.so.conf.d/vendor.conf.old")
        let after = try tree.extract("/usr/bin/marked")
        #expect(found(after) == ["sethostname"])
        #expect(!after.unresolved.contains { $0.kind == "library" })
    }

    @Test("a library for some processors counts beside the one for all")
    func variants() throws {
        let tree = try SystemTree()
        let (library, program) = try linked(marks[0])
        try tree.add(program, at: "/usr/bin/marked")
        try tree.copy(library, to: SystemTree.libraries + "/libmark.so.1")
        let better = try SystemTree.library(
            "mark", calls: marks[1], ["-Wl,-soname,libmark.so.1"])
        try tree.copy(
            better, to: SystemTree.libraries + "/glibc-hwcaps/x86-64-v3/libmark.so.1")
        let set = try tree.extract("/usr/bin/marked")
        #expect(found(set) == ["sethostname", "setdomainname"])
        // One that nothing else comes beside is the library.
        try FileManager.default.removeItem(
            atPath: tree.root + SystemTree.libraries + "/libmark.so.1")
        #expect(found(try tree.extract("/usr/bin/marked")) == ["setdomainname"])
    }

    @Test("the loader's cache is read, with its rows for some processors, before any folder")
    func cache() throws {
        let tree = try SystemTree()
        let (library, program) = try linked(marks[0])
        try tree.add(program, at: "/usr/bin/marked")
        try tree.copy(library, to: "/opt/vendor/libmark.so.1")
        for (mark, path) in [
            (marks[1], "/opt/vendor/glibc-hwcaps/x86-64-v2/libmark.so.1"),
            (marks[2], SystemTree.libraries + "/libmark.so.1"),
        ] {
            let other = try SystemTree.library("mark", calls: mark, ["-Wl,-soname,libmark.so.1"])
            try tree.copy(other, to: path)
        }
        try tree.write("/opt/vendor\n", to: "/etc/ld.so.conf")
        let made = try CompiledProgram.run("/sbin/ldconfig", ["-r", tree.root])
        #expect(made.status == 0, "\(made.output)")
        try FileManager.default.removeItem(atPath: tree.root + "/etc/ld.so.conf")
        #expect(found(try tree.extract("/usr/bin/marked")) == ["sethostname", "setdomainname"])
    }

    @Test(
        "search paths may begin at the file, and name the system's library folder",
        arguments: ["$ORIGIN/../modules", "${ORIGIN}/../${LIB}/own", "/opt/$LIB"])
    func searchPaths(_ path: String) throws {
        let tree = try SystemTree()
        for (tag, mark) in [("--enable-new-dtags", marks[0]), ("--disable-new-dtags", marks[1])] {
            let (library, program) = try linked(mark, ["-Wl,-rpath,\(path),\(tag)"])
            let name = mark.name
            try tree.add(program, at: "/srv/\(name)/bin/marked")
            for folder in [
                "/srv/\(name)/modules", "/srv/\(name)/lib64/own",
                "/opt/lib/x86_64-linux-gnu",
            ] {
                try? FileManager.default.removeItem(atPath: tree.root + folder + "/libmark.so.1")
                try tree.copy(library, to: folder + "/libmark.so.1")
            }
            #expect(found(try tree.extract("/srv/\(name)/bin/marked")) == [name])
        }
    }

    @Test("ld.so.preload adds its libraries, and passes over those that are not there")
    func preload() throws {
        let tree = try SystemTree()
        let (library, program) = try linked(marks[0])
        try tree.add(program, at: "/usr/bin/marked")
        try tree.copy(library, to: SystemTree.libraries + "/libmark.so.1")
        let first = try SystemTree.library("mark", calls: marks[2])
        try tree.copy(first, to: "/opt/first.so")
        try tree.write("/opt/none.so:/opt/first.so # why\n", to: "/etc/ld.so.preload")
        let set = try tree.extract("/usr/bin/marked")
        // Its function comes before that of the library.
        #expect(found(set) == ["reboot"])
        #expect(set.modules.contains(tree.root + "/opt/first.so"))
    }

    @Test("a library of another machine in an earlier folder is passed over")
    func otherMachine() throws {
        let tree = try SystemTree()
        let (library, program) = try linked(marks[0])
        try tree.add(program, at: "/usr/bin/marked")
        try tree.write("\u{7f}ELF\u{1}\u{1}\u{1}", to: "/usr/lib64/libmark.so.1")
        try tree.copy(library, to: "/usr/lib/libmark.so.1")
        #expect(found(try tree.extract("/usr/bin/marked")) == ["sethostname"])
    }
}
