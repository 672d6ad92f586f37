package import Campaigns
internal import Foundation
internal import Sandboxing
package import Texts
package import Traces

/// What `trace` shows of an execution in the sandbox, besides what it shows of any.
package struct SandboxedTraceView: Sendable, Encodable {
    private let trace: TraceView
    private let way: ExecutionWay
    private let execution: ShownExecution

    /// A view of a trace whose events are in the phases given, one for each event.
    package init(
        _ execution: ShownExecution, by way: ExecutionWay, trace: Trace, phases: [Phase],
        command: [String]
    ) {
        self.trace = TraceView(trace, phases: phases, command: command)
        self.way = way
        self.execution = execution
    }

    private enum CodingKeys: String, CodingKey {
        case executor, obstacle, output, errors, answers, files
    }

    /// What was written and answered stands as Base64, since it may be anything.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(way, forKey: .executor)
        guard execution.obstacle == nil else {
            try container.encode(execution.obstacle, forKey: .obstacle)
            return
        }
        try trace.encode(to: encoder)
        try container.encode(Data(execution.output), forKey: .output)
        try container.encode(Data(execution.errors), forKey: .errors)
        try container.encode(execution.answers.map { Data($0) }, forKey: .answers)
        try container.encode(execution.files, forKey: .files)
    }

    /// What was left in the writable places, as a list for people; nil where nothing was.
    package static func files(of execution: ShownExecution) -> ShownText? {
        let files = execution.files.filter { $0.path != Scratch.directory }
        guard !files.isEmpty else { return nil }
        var table = TextTable([
            ("LEFT BEHIND", .left), ("KIND", .left), ("MODE", .left), ("BYTES", .right),
        ])
        for file in files {
            let isSized = file.kind == .file
            table.append([
                file.path + (file.target.map { " -> " + $0 } ?? ""), file.kind.rawValue,
                String(file.mode, radix: 8), isSized ? String(file.size) : "",
            ])
        }
        return table.text
    }
}
