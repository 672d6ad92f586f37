import Foundation
import Glibc
import TestSupport
import Testing

/// Programs that fight the filters they are given: each is left with those, or killed. More tries of
/// the same are made by `Tests/Conformance/filter-fights`.
@Suite("Fights with filters", .timeLimit(.minutes(30)))
final class FilterFightTests {
    private let folder: TemporaryFolder
    private let program: String

    init() throws {
        folder = try TemporaryFolder()
        guard unsafe chmod(folder.path, 0o755) == 0 else {
            throw TestSupportError("cannot open \(folder.path)")
        }
        program = folder.path + "/fights"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("fights-filters"), toPath: program)
    }

    /// Learns what the program does when nobody holds it.
    private func learn(_ way: String) throws -> String {
        let policy = folder.path + "/policy.json"
        let words = [program, way] + Array(repeating: "ok", count: 15)
        let run = try FathomBinary.run(
            ["trace", "--phases", "--learn", "--policy", policy, "--"] + words)
        let phases = ["serve  ", "work  "]
        #expect(phases.contains { run.output.contains($0) }, "\(run.output) \(run.errors)")
        guard unsafe chmod(policy, 0o644) == 0 else { throw TestSupportError("cannot open it") }
        return policy
    }

    private func enforce(
        _ policy: String, _ way: String, as account: Account, options: [String] = []
    ) throws -> Subprocess {
        var run = try FathomBinary.start(
            ["enforce"] + options + [policy, "--", program, way, "ok", "socket"], as: account)
        return try run.finish(within: .seconds(60))
    }

    @Test(
        "whoever answers in the kernel's place is killed, with a sentence",
        arguments: [
            ("answers", "there should be"), ("refuses", "is refused"),
            ("traps", "answers the call"),
            ("traces", "is refused"), ("listens", "does not come back"),
        ])
    func answers(way: String, reason: String) throws {
        let policy = try learn(way)
        for account in Account.allCases where account == .own || geteuid() == 0 {
            let run = try enforce(policy, way, as: account)
            #expect(run.status == 3, "\(account): \(run.output) \(run.errors)")
            #expect(run.errors.contains("the program was killed"), "\(account): \(run.errors)")
            #expect(run.errors.contains(reason), "\(account): \(run.errors)")
            #expect(!run.output.contains("socket"), "\(account): \(run.output)")
        }
    }

    @Test(
        "who changes the memory of filters, from whichever thread or process, changes none",
        arguments: ["scribbles", "replaces", "shares", "shares-place", "untraced", "reaches"])
    func memory(way: String) throws {
        let policy = try learn(way)
        for account in Account.allCases where account == .own || geteuid() == 0 {
            for _ in 0..<3 {
                let run = try enforce(policy, way, as: account)
                let isKilled = run.errors.contains("the program was killed")
                #expect(
                    run.output.contains("socket 1") || isKilled,
                    "\(account): \(run.output) \(run.errors)")
                #expect(!run.output.contains("socket 0"), "\(account): \(run.errors)")
            }
        }
    }

    @Test("a task that is made so that nobody sees it ends the program")
    func untraced() throws {
        let run = try enforce(try learn("untraced-anew"), "untraced-anew", as: .own)
        #expect(run.status == 3)
        #expect(run.errors.contains("could not be watched"), "\(run.errors)")
        #expect(!run.output.contains("socket"))
    }

    @Test(
        "threads and processes that are made meanwhile are held", arguments: ["threads", "forks"])
    func births(way: String) throws {
        let policy = try learn(way)
        for _ in 0..<5 {
            let run = try enforce(policy, way, as: .own)
            #expect(run.output == "ok 0\nsocket 1\n", "\(run.errors)")
            #expect(run.status == 7)
        }
    }

    @Test("a program that another thread executes meanwhile goes on under the filter of before")
    func execution() throws {
        let policy = try learn("executes")
        for _ in 0..<5 {
            let run = try enforce(policy, "executes", as: .own)
            // It leaves with 5 where it was not seen to write.
            #expect([0, 5, 7].contains(run.status), "\(run.output) \(run.errors)")
            #expect(!run.output.contains("socket 0"), "\(run.errors)")
        }
    }

    @Test("who explains kills as a filter does, and before the call")
    func explainedKill() throws {
        let policy = try learn("plain")
        let run = try enforce(
            policy, "blocks-end", as: .own, options: ["--explain", "--denial", "kill"])
        #expect(run.status == 128 + SIGSYS, "\(run.errors)")
        #expect(run.output == "ok 0\n")
        #expect(run.errors.contains("called socket"), "\(run.errors)")
    }

    @Test("who listens to a filter of its own lets nothing pass that is to be explained")
    func explainedListener() throws {
        let policy = try learn("lets-pass")
        let run = try enforce(policy, "lets-pass", as: .own, options: ["--explain"])
        #expect(!run.output.contains("socket 0"), "\(run.output) \(run.errors)")
    }
}
