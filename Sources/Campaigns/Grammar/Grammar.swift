internal import Foundation
internal import Mutation
internal import Store
package import TestCases
internal import Traces

/// What a target's command line is made of, and what became of it in a campaign.
package struct Grammar: Sendable {
    /// One option, of the program or of one of its commands.
    package struct Option: Sendable {
        /// Nil for the program's own.
        package let command: Bytes?
        package let spelling: Bytes
        /// `none`, `required`, `optional` or `unknown`.
        package let argument: String
        /// `enumeration` where ``choices`` are known, else `number`, `path`, `host` or `any`.
        package let valueKind: String
        package let choices: [Bytes]
        /// All that know of it, in the order in which they were read.
        package let sources: [String]
        /// Nil where no campaign has executed anything.
        package let usage: Usage?
    }

    /// Executions of command lines that have the option.
    package struct Usage: Sendable {
        package let executed: UInt64
        /// The target took it.
        package let accepted: UInt64
        /// The target complained about it, as unknown or otherwise.
        package let refused: UInt64
        /// The target said that it has no such option.
        package let unknown: UInt64
    }

    package let program: String
    package let options: [Option]
    package let commands: [Bytes]
    package let variables: [Bytes]
    /// Options that are taken alone and refused together.
    package let conflicts: [[Bytes]]

    /// The grammar that the campaign works with; nil for a campaign begun without one.
    package static func load(_ record: CampaignRecord) throws -> Grammar? {
        let reader = try CampaignReader.open(record.folder)
        func document<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value? {
            try reader.document(name).flatMap {
                try? JSONDecoder().decode(type, from: Data($0))
            }
        }
        guard let vocabulary = try document(CampaignKeys.vocabulary, as: Vocabulary.self) else {
            return nil
        }
        let entries = vocabulary.entries
        var counts: [OptionUsage.Count]?
        var conflicts: Set<[Int]> = []
        var worker = 0
        while let own = try document(CampaignKeys.options(worker), as: [OptionUsage.Count].self) {
            if own.count == entries.count {
                var sum = counts ?? Array(repeating: OptionUsage.Count(), count: entries.count)
                for index in sum.indices { sum[index] += own[index] }
                counts = sum
            }
            let state = try document(CampaignKeys.worker(worker), as: FuzzerState.self)
            conflicts.formUnion(state?.options?.conflicts ?? [])
            worker += 1
        }
        return Grammar(
            program: record.prefix.isEmpty ? record.program : record.script?.path ?? record.program,
            vocabulary: vocabulary, counts: counts,
            conflicts: conflicts.filter { $0.allSatisfy(entries.indices.contains) })
    }

    /// Mines the request's target without a campaign.
    package static func mine(_ request: CampaignRequest) throws -> Grammar {
        let setup = WorkerSetup(request) { _ in }
        let vocabulary = try VocabularyMiner.mine(setup, target: request.target)
        return Grammar(
            program: request.subject, vocabulary: vocabulary, counts: nil, conflicts: [])
    }

    private init(
        program: String, vocabulary: Vocabulary, counts: [OptionUsage.Count]?,
        conflicts: Set<[Int]>
    ) {
        self.program = program
        let entries = vocabulary.entries
        options = entries.enumerated().map { index, entry in
            Option(entry, count: counts?[index])
        }
        commands = vocabulary.commands.map(\.name)
        variables = vocabulary.names.all.filter { !Vocabulary.builtInNames.contains($0) }
        self.conflicts = conflicts.sorted { $0.lexicographicallyPrecedes($1) }
            .map { $0.map { entries[$0].option.spelling } }
    }
}

extension Grammar.Option {
    fileprivate init(_ entry: Vocabulary.Entry, count: OptionUsage.Count?) {
        let option = entry.option
        command = entry.command
        spelling = option.spelling
        argument = option.argument.rawValue
        valueKind =
            option.argument == .none
            ? "none" : option.choices.isEmpty ? option.valueKind.rawValue : "enumeration"
        choices = option.choices
        sources = option.sources.map(\.name)
        usage = count.map {
            Grammar.Usage(
                executed: $0.executed, accepted: $0.accepted, refused: $0.refused + $0.unknown,
                unknown: $0.unknown)
        }
    }
}
