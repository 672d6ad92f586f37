import Foundation
import TestSupport
import Testing

/// One command whose calls are counted by both tracers.
struct Comparison: Sendable, CustomTestStringConvertible {
    let title: String
    /// Programs that race with themselves get as many rounds; a tracer that loses calls never
    /// comes to the same count as strace in any of them.
    let rounds: Int
    /// Calls that depend on which of several threads comes first; they are not compared.
    let racing: Set<String>
    let command: @Sendable (borrowing TemporaryFolder) throws -> [String]

    var testDescription: String { title }

    init(
        _ title: String, rounds: Int = 1, racing: Set<String> = [],
        _ command: @escaping @Sendable (borrowing TemporaryFolder) throws -> [String]
    ) {
        self.title = title
        self.rounds = rounds
        self.racing = racing
        self.command = command
    }

    init(_ words: String..., rounds: Int = 1) {
        self.init(words.joined(separator: " "), rounds: rounds) { _ in words }
    }

    static func program(
        _ name: String, _ arguments: String..., linking: TestProgram.Linking = .dynamic,
        rounds: Int = 1, racing: Set<String> = []
    ) -> Comparison {
        Comparison("\(name) (\(linking.rawValue))", rounds: rounds, racing: racing) { _ in
            [try TestProgram.build(name, linking)] + arguments
        }
    }
}

@Suite("Counts of calls agree with strace")
struct StraceTests {
    static let commands = [
        Comparison("pwd"),
        Comparison("ls", "-l", "/etc"),
        Comparison("ls", "-laR", "/etc/apt"),
        Comparison("diff", "/etc/passwd", "/etc/group"),
        Comparison("diff", "-l", "/etc/passwd", "/etc/group"),
        Comparison("grep", "-r", "root", "/etc/apt"),
        Comparison("env", "ls"),
        Comparison("bash", "-c", "kill -9 $$"),
        Comparison("bash", "-c", "(sleep 0.1 &); exit 3"),
        Comparison("sh", "-c", "ls /etc | sort | uniq -c | wc -l", rounds: 12),
        Comparison("perl", "-e", "print 1; system('true')"),
        Comparison("/usr/bin/python3", "-S", "-c", "print(1)"),
        Comparison("sqlite3", ":memory:", ".system ls"),
        Comparison("sqlite3 FILE") { folder in
            [
                "sqlite3", folder.path + "/\(UUID()).db",
                "create table t(x); insert into t values(1); select * from t;",
            ]
        },
        Comparison("xz -T2 -c", racing: ["futex"]) { _ in ["xz", "-T2", "-c", "/bin/ls"] },
        Comparison("sort", "--parallel=2", "/etc/services"),
        Comparison("script") { folder in
            [try folder.write("#!/bin/sh\ncd /; pwd\n", to: "script", mode: 0o755)]
        },
    ]

    static let programs: [Comparison] = [
        .program("threads", "3"),
        .program("threads", "3", linking: .fixed),
        .program("parallel-threads", "1", "50"),
        .program(
            "parallel-threads", "4", "100", racing: ["futex", "madvise", "munmap", "mprotect"]),
        .program("vfork-exec"),
        .program("vfork-exec", "/bin/true", linking: .fixed),
        .program("fork-tree", "3"),
        .program("fork-tree", "3", linking: .fixed),
        .program("fork-tree", "3", linking: .fixedPositionIndependent),
        .program("raw-clone"),
        .program("daemon", "50"),
        .program("killed"),
        .program("killed", "15"),
        .program("thread-exec", "/bin/echo"),
        .program("leaderless"),
        .program("jit"),
        .program("moved-code"),
        .program("unknown-number"),
        .program("self-exec", "3"),
        .program("closes-all"),
        .program("traces-itself"),
        .program("filters-itself"),
        .program("timer"),
        .program("restarts", rounds: 6),
        Comparison("dlopen") { _ in
            [
                try TestProgram.build("dlopen"), try TestProgram.build("plugin-a", .library),
                try TestProgram.build("plugin-b", .library),
            ]
        },
        Comparison("constructor") { _ in
            let library = try TestProgram.build("constructor-library", .library)
            return [try TestProgram.build("constructor", with: [library])]
        },
    ]

    @Test(
        "a command's calls are those that strace counts, each as often",
        .enabled(if: StraceCount.isAvailable, "strace is not installed"),
        arguments: commands + programs)
    func counts(comparison: Comparison) throws {
        let folder = try TemporaryFolder()
        var seen: [[String: Int]] = []
        var ours: [String: Int] = [:]
        for _ in 0..<comparison.rounds {
            let theirs = try StraceCount.of(
                try comparison.command(folder), environment: TracedCommand.environment)
            seen.append(theirs.filter { !comparison.racing.contains($0.key) })
            ours = try TracedCommand(try comparison.command(folder)).run().returnedCounts
                .filter { !comparison.racing.contains($0.key) }
            if seen.contains(ours) { return }
        }
        let theirs = seen.last ?? [:]
        let names = Set(theirs.keys).union(ours.keys).filter { theirs[$0] != ours[$0] }
        let differences = names.sorted().map { "\($0): \(ours[$0] ?? 0) ≠ \(theirs[$0] ?? 0)" }
        Issue.record("\(comparison.title): \(differences.joined(separator: ", "))")
    }
}
