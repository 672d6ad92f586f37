import Extraction
import Foundation
import Syscalls
import Testing

/// What a program was seen to call must be in its static set, from a site of that set.
@Suite("Soundness", .enabled(if: ObservedCalls.isAvailable, "strace is not installed"))
struct SoundnessTests {
    /// A folder with files, links, a deep path and a large file.
    private func workspace() throws -> String {
        let folder = try CompiledProgram.temporaryPath("work")
        let script = """
            mkdir -p d/e; seq 400 > a; seq 3 5 500 > b; printf '\\0\\1\\2' > c; cp a d; cp b d/e/a
            ln -s a l1; ln -s nowhere l2; mkfifo p
            """
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        _ = try CompiledProgram.run("/bin/sh", ["-c", script], folder: folder)
        return folder
    }

    private func check(_ program: String, _ commands: [String]) throws {
        let set = try Extractor.extract(program)
        let folder = try workspace()
        var sites = 0
        for command in commands {
            let observed = try ObservedCalls.record(of: program, command, folder: folder)
            #expect(!observed.calls.isEmpty, "nothing was observed of \(command)")
            for call in observed.calls where call.name != "restart_syscall" {
                let number = try #require(SyscallNumber(name: call.name))
                let entry = set.entry(for: number)
                #expect(entry != nil, "\(command) calls \(call.name)")
                guard let entry, let module = call.module else { continue }
                let real = URL(filePath: module).resolvingSymlinksInPath().path
                let site = CallSite(module: real, offset: call.offset)
                #expect(entry.sites.contains(site), "\(command) calls \(call.name) at \(site)")
                sites += 1
            }
        }
        #expect(sites > 10)
    }

    @Test("pwd, also where its folder is gone, its output closed, or the loader talkative")
    func pwd() throws {
        try check(
            "/bin/pwd",
            [
                "exec /bin/pwd -P", "exec env -i /bin/pwd", "exec /bin/pwd --help",
                "exec env LC_ALL=C.UTF-8 /bin/pwd -L", "exec /bin/pwd >&-",
                "exec /bin/pwd 0<&- 2>&-", "exec env LD_DEBUG=all /bin/pwd",
                "exec env GLIBC_TUNABLES=glibc.malloc.arena_max=1 /bin/pwd -x",
                "mkdir gone; cd gone; rmdir ../gone; exec /bin/pwd",
                """
                here=$PWD; n=$(printf 'y%.0s' $(seq 200))
                for i in $(seq 30); do mkdir $n; cd $n; done
                /bin/pwd -P; cd $here; rm -rf $n
                """,
            ])
    }

    @Test("diff, also of links, folders and its own paginator")
    func diff() throws {
        try check(
            "/usr/bin/diff",
            [
                "exec diff a b", "exec diff -r . d", "exec diff --no-dereference l1 l2",
                "exec diff -l a b", "exec diff a c", "exec diff - b < a", "exec diff a nofile",
                "exec diff -u --color=always a b", "exec env LC_ALL=C.UTF-8 diff -y a b",
                "exec diff -N -r d .",
            ])
    }

    @Test("ls, also with names of users, security contexts and other locales")
    func ls() throws {
        try check(
            "/bin/ls",
            [
                "exec ls -laR --color=always", "exec ls -laZ /", "exec ls -n -i -s",
                "exec env -i /bin/ls -l", "exec env LC_ALL=C.UTF-8 ls -l --full-time",
                "exec ls /nonexistent l2", "exec ls -C -w 80 /dev", "exec ls -la /proc/self/fd",
                "exec ls -L --hyperlink", "exec ls > /dev/full",
            ])
    }

    @Test(
        "sqlite3, also with threads, a write-ahead log and programs that it runs",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3"),
            "sqlite3 is not installed"))
    func sqlite3() throws {
        let set = try Extractor.extract("/usr/bin/sqlite3")
        #expect(set.entries.count <= 122)
        let statements = [
            "create table t(a); pragma journal_mode=wal; insert into t values(1);",
            ".system ls", ".backup copy.db",
            "pragma mmap_size=1000000; pragma threads=4; create table q(a);"
                + " insert into q select random() from generate_series(1,3000);"
                + " select a from q order by a limit 1;",
            ".import a t2", ".once |cat\nselect 1;", ".dump", "select writefile('w', 'x');",
            "pragma temp_store=file; pragma cache_size=5; vacuum;", ".load nothing",
        ]
        try check(
            "/usr/bin/sqlite3",
            statements.map { "printf '%s\\n' \"\($0)\" > in; exec sqlite3 test.db < in" })
    }
}
