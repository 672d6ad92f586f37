internal import Campaigns
internal import Platform

/// Whose argument grammar is asked for: a campaign's, or that of a command line.
enum GrammarSource: Sendable {
    case campaign(CampaignFolder)
    case commandLine([String])

    init(operands: [String]) throws(UsageError) {
        if operands.first == "--", operands.count > 1 {
            self = .commandLine(Array(operands.dropFirst()))
        } else if operands.count == 1, operands[0] != "--" {
            self = .campaign(CampaignFolder(operands[0]))
        } else {
            throw UsageError(
                "corpus grammar is used as: fathom corpus grammar diff.campaign, or "
                    + "fathom corpus grammar -- diff")
        }
    }

    /// What the campaign works with, or what is mined now.
    func load() throws -> Grammar {
        switch self {
        case .campaign(let folder):
            let record = try folder.load()
            guard let grammar = try Grammar.load(record) else {
                throw CommandFailure(
                    "the campaign \(folder.path) has no grammar yet; run fathom fuzz on it again",
                    code: .negative)
            }
            return grammar
        case .commandLine(let words):
            let harness = try Harness.forCommand(words)
            let target = try TargetFile.inspect(harness)
            return try Grammar.mine(
                CampaignRequest(harness: harness, target: target, folder: ""))
        }
    }
}
