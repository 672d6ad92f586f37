import Foundation
import TestSupport
import Testing

/// Targets that write calls down which they never make.
@Suite(
    "Forged records",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct ForgedRecordTests {
    private struct Status: Decodable {
        struct Calls: Decodable {
            let natural: [String]
            let resource: [String]
        }
        let claimed: [String]
        let syscalls: Calls
    }

    private struct Profile: Decodable {
        struct Rule: Decodable {
            let action: String
            let names: [String]
        }
        let syscalls: [Rule]
    }

    private static let forged: Set = ["reboot", "kexec_load", "init_module", "mount", "bpf"]

    @Test(
        "calls that a target forges are told of, and are in no policy", .timeLimit(.minutes(10)))
    func forged() throws {
        let folder = try TemporaryFolder()
        let program = try TestProgram.build("Hostile/forge-records")
        _ = try folder.write(
            "{ program: \"\(program)\", words: [\"-a\"] }", to: "harness.json5")
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", campaign, "-n", "1500"])
        try #require(fuzz.status == 0, "\(fuzz.errors)")
        let text = try FathomBinary.finish(["status", "--json", campaign])
        let status = try JSONDecoder().decode(Status.self, from: Data(text.output.utf8))
        // Else nothing was forged, and this test says nothing.
        try #require(!status.claimed.isEmpty, "\(text.output)")
        #expect(Set(status.claimed).isSubset(of: Self.forged))
        #expect(Self.forged.isDisjoint(with: status.syscalls.natural + status.syscalls.resource))
        #expect(status.syscalls.natural.contains("openat"))
        let export = try FathomBinary.finish(["export", campaign, "--format", "docker"])
        try #require(export.status == 0, "\(export.errors)")
        let profile = try JSONDecoder().decode(Profile.self, from: Data(export.output.utf8))
        let allowed = profile.syscalls.filter { $0.action == "SCMP_ACT_ALLOW" }.flatMap(\.names)
        #expect(allowed.contains("openat"))
        #expect(Self.forged.isDisjoint(with: allowed))
        let why = try FathomBinary.finish(["why", campaign, status.claimed[0]])
        #expect(why.output.contains("wrote it down"), "\(why.output)")
    }
}
