import Foundation
import Policies
import Syscalls
import Testing

@Suite("AttackSurface")
struct AttackSurfaceTests {
    typealias Fixture = PolicyFixture

    static func surface() throws -> AttackSurface {
        let policy = try Fixture.policy(
            [
                Fixture.observation("execve", phase: "load"),
                Fixture.observation("keyctl", phase: "init"),
                Fixture.observation("waitid", phase: "work"),
                Fixture.observation("read", phase: "work"),
            ], options: Policy.Options(environment: false))
        return AttackSurface(policy, staticCalls: [.read, .execve])
    }

    @Test("there is a row for what there is without a filter, for the whole life and each phase")
    func rows() throws {
        let rows = try Self.surface().rows
        #expect(
            rows.map(\.name) == [
                "Docker's default profile", "the static set", "whole life", "load of root",
                "init of root", "work of root",
            ])
        #expect(rows.map(\.calls).suffix(4) == [4, 4, 3, 2])
        #expect(rows.allSatisfy { $0.byLevel.reduce(0, +) == $0.calls })
        #expect(rows.suffix(3).map(\.controlling) == [["execve"], [], []])
        let weights = rows.suffix(3).map(\.weight)
        #expect(weights == weights.sorted(by: >))
    }

    @Test("a vulnerability is closed only when every call that reaches it is denied")
    func vulnerabilities() throws {
        let rows = try Self.surface().rows
        let (initial, work) = (rows[rows.count - 2], rows[rows.count - 1])
        // By add_key, request_key and keyctl.
        #expect(!initial.closed.contains("CVE-2016-0728"))
        #expect(work.closed.contains("CVE-2016-0728"))
        #expect(!work.closed.contains("CVE-2017-5123"))
        #expect(KnownVulnerability.all.count == 29)
        #expect(KnownVulnerability.all.allSatisfy { !$0.entries.isEmpty })
        #expect(KnownVulnerability.all.count { $0.isClosed(allowing: []) } == 29)
    }

    @Test("every call has a level, and every row of the table its source")
    func levels() {
        let table = SyscallNumber.table.map { SyscallNumber(rawValue: UInt32($0.number)) }
        func calls(_ source: ThreatSource) -> [SyscallNumber] {
            table.filter { $0.threatSource == source }
        }
        #expect(calls(.studies).allSatisfy { $0.threatLevel == .control })
        #expect(calls(.studies).count == 24)
        #expect(calls(.extended).allSatisfy { $0.threatLevel == .control })
        #expect(SyscallNumber.execve.threatSource == .studies)
        #expect(SyscallNumber(name: "openat2")?.threatSource == .extended)
        #expect(SyscallNumber(name: "ptrace")?.threatSource == .own)
        #expect(SyscallNumber.read.threatSource == .own)
    }

    /// Podman's default profile allows nearly the same; what it has otherwise is known.
    @Test(
        "Docker's default profile is near to that of the containers project",
        .enabled(
            if: FileManager.default.fileExists(atPath: "/usr/share/containers/seccomp.json"),
            "golang-github-containers-common is not installed"))
    func dockerDefault() throws {
        let data = try Data(contentsOf: URL(filePath: "/usr/share/containers/seccomp.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rules = try #require(json["syscalls"] as? [[String: Any]])
        let names = rules.filter { $0["action"] as? String == "SCMP_ACT_ALLOW" }
            .filter { rule in
                let includes = rule["includes"] as? [String: Any] ?? [:]
                let architectures = includes["arches"] as? [String] ?? ["amd64"]
                return includes["caps"] == nil && architectures.contains("amd64")
            }
            .flatMap { $0["names"] as? [String] ?? [] }
        let theirs = SyscallSet(names.compactMap { SyscallNumber(name: $0) })
        #expect(theirs.count > 250)
        #expect(
            DockerDefault.allowed.subtracting(theirs).sortedNames == [
                "chroot", "futex_waitv", "io_pgetevents", "io_uring_enter", "io_uring_register",
                "io_uring_setup", "vmsplice",
            ])
        for call in ["keyctl", "mount", "bpf", "init_module", "kexec_load"] {
            let number = try #require(SyscallNumber(name: call))
            #expect(!DockerDefault.allowed.contains(number), "\(call)")
        }
    }
}
