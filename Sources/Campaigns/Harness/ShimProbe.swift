internal import Foundation
internal import Platform
internal import TestCases

/// Finds out, in the sandbox, where a script of a shell leads that stands for another program: those
/// that pyenv, rbenv or asdf put along `PATH` execute what they are named for.
enum ShimProbe {
    private static let marker = "fathom-probe"
    /// Variables of the user's that say where the tools behind shims are.
    private static let names = ["HOME", "PATH"]
    private static let parts = ["ENV_", "ASDF", "MISE", "VOLTA", "NVM", "SDKMAN"]
    /// Statuses of shells that could not execute something.
    private static let failures = ["exited with status 126", "exited with status 127"]

    /// Nil for a script that does its work itself. One that fails to execute anything leads nowhere.
    static func destination(
        of script: String, project: ProjectFolder?
    ) throws -> ResolvedCommand.Destination? {
        let text = (try? SmallFile.text(script)) ?? ""
        guard text.contains("exec ") else { return nil }
        var base = TestCase()
        base.arguments = [Bytes(marker.utf8)]
        base.environment = Environment.variables().filter { variable in
            let name = String(decoding: variable.name, as: UTF8.self)
            return names.contains(name) || parts.contains { name.contains($0) }
        }
        var harness = Harness(name: "shim", program: script, base: base)
        harness.project = project
        harness.exposed = paths(in: text)
        harness.bounds.cpuTime = .seconds(20)
        harness.bounds.wallTime = .seconds(30)
        harness.bounds.blockedTime = .seconds(2)
        harness.bounds.events = 2_000_000
        let request = CampaignRequest(
            harness: harness, target: try TargetFile.inspect(script), folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        guard let worker = try WorkerHandle.start(setup) else { return nil }
        let words = worker.executor.lastImage ?? []
        if let last = words.last, last == marker, let first = words.first {
            return .init(program: first, prefix: Array(words.dropFirst().dropLast()))
        }
        guard let report = try worker.execute(base.inlineString, times: 1).first,
            failures.contains(report.end)
        else { return nil }
        let said = String(decoding: report.errors.prefix(300), as: UTF8.self)
            .split(separator: "\n").joined(separator: "; ")
        throw TargetError(
            "cannot trace \(script), which is a shell script that leads to no program in the "
                + "sandbox: it \(report.end)" + (said.isEmpty ? "" : " and said: \(said)"))
    }

    /// What the text names by absolute paths that are there.
    private static func paths(in text: String) -> [String] {
        let words = text.split { !($0.isLetter || $0.isNumber || "/._+-".contains($0)) }
        return Set(words.map(String.init)).filter {
            $0.hasPrefix("/") && $0.count > 1 && FileKind(of: $0) != nil
        }.sorted()
    }
}
