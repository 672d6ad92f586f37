import Campaigns
import Foundation
import Phasing
import Policies
import Store
import TestCases
import TestSupport
import Testing

/// What a campaign has learned, judged by the kernel: filters loaded by bubblewrap.
@Suite(
    "Exported filters",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"),
    .enabled(if: Bubblewrap.isUsable, "bubblewrap may not run here"))
struct ExportedFilterTests {
    @Test(
        "the corpus runs under the policy that was learned from it, and nothing else does",
        .timeLimit(.minutes(30)))
    func whole() throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign, "-n", "800", "--", "diff"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let bubblewrap = Bubblewrap(filter: folder.path + "/filter.bpf")
        let record = try CampaignRecord.load(campaign)
        try Data(try Self.filter(of: record)).write(to: URL(filePath: bubblewrap.filter))

        let reader = try CampaignReader.open(campaign)
        let corpus = record.corpus.filter(\.isConfirmed).prefix(40)
        #expect(corpus.count > 5)
        for entry in corpus {
            let testCase = try #require(try reader.testCase(entry.id))
            let copy = try FileTreeCopy(of: testCase)
            let outcome = try bubblewrap.run(
                [record.targetPath]
                    + testCase.arguments.map { String(decoding: $0, as: UTF8.self) },
                testCase, in: copy.path)
            #expect(!Bubblewrap.isViolation(outcome.status), "\(entry.id): \(outcome.errors)")
        }

        let probe = try TestProgram.build("probe")
        let plain = try bubblewrap.run([probe, "plain"], TestCase(), in: folder.path)
        #expect(plain.output == "plain 0\n")
        for call in ["ptrace", "mount"] {
            let denied = try bubblewrap.run([probe, call], TestCase(), in: folder.path)
            #expect(Bubblewrap.isViolation(denied.status), "\(call): \(denied.output)")
        }
    }

    /// The filter for the whole life, which kills at what it does not allow.
    private static func filter(of record: CampaignRecord) throws -> [UInt8] {
        let policy = try Policy(
            target: Policy.Target(path: record.targetPath, sha256: record.targetHash),
            basis: Policy.Basis(
                architecture: "x86_64", kernel: record.kernel, library: record.library,
                tool: "fathom"),
            model: record.phaseModel, observations: record.observations,
            staticSet: record.staticSet,
            options: Policy.Options(denial: .kill))
        return try #require(try policy.export(.bpf).first).bytes
    }
}

/// Runs commands under a filter.
private struct Bubblewrap {
    let filter: String

    static let isUsable =
        (try? Subprocess.run(["bwrap", "--bind", "/", "/", "--", "true"]).status) == 0

    /// 128 + SIGSYS, as bubblewrap says it, or the signal itself.
    static func isViolation(_ status: Int32) -> Bool { status == 159 || status == 256 + 31 }

    func run(
        _ command: [String], _ testCase: TestCase, in folder: String
    ) throws -> Subprocess {
        let variables = testCase.environment.flatMap {
            [
                "--setenv", String(decoding: $0.name, as: UTF8.self),
                String(decoding: $0.value, as: UTF8.self),
            ]
        }
        let input = folder + "/../\(UUID().uuidString).input"
        try Data(testCase.standardInput.bytes).write(to: URL(filePath: input))
        defer { try? FileManager.default.removeItem(atPath: input) }
        let script = "filter=$1 input=$2; shift 2; exec bwrap \"$@\" 9<\"$filter\" <\"$input\""
        return try Subprocess.run(
            [
                "timeout", "-s", "KILL", "20", "sh", "-c", script, "sh", filter, input, "--bind",
                "/", "/", "--dev-bind", "/dev", "/dev", "--chdir", folder, "--clearenv",
            ] + variables + ["--seccomp", "9", "--"] + command)
    }
}

/// The files of a test case on the host, as far as they matter to the calls that a program makes.
private struct FileTreeCopy: ~Copyable {
    private let folder: TemporaryFolder

    var path: String { folder.path }

    init(of testCase: TestCase) throws {
        let folder = try TemporaryFolder()
        for file in testCase.files {
            let path = folder.path + "/" + String(decoding: file.path, as: UTF8.self)
            let parent = URL(filePath: path).deletingLastPathComponent()
            try? FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            switch file.kind {
            case .regular(let bytes): try? Data(bytes).write(to: URL(filePath: path))
            case .directory:
                try? FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true)
            case .symbolicLink(let target):
                try? FileManager.default.createSymbolicLink(
                    atPath: path, withDestinationPath: String(decoding: target, as: UTF8.self))
            default: break
            }
        }
        self.folder = folder
    }
}
