internal import Campaigns
internal import Platform
internal import Policies
internal import Reporting
internal import Traces

/// Policies that were exported with `--format policy`.
enum PolicyFile {
    static func load(_ path: String) throws -> Policy {
        let text: String
        do throws(SystemError) {
            text = try SmallFile.text(path)
        } catch {
            throw CommandFailure("cannot read the policy \(path): \(error.reason)")
        }
        do throws(PolicyError) {
            return try Policy(canonicalBytes: Array(text.utf8), what: "the policy \(path)")
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// The policy that a file holds, or that a campaign would be exported to with these options; nil
    /// for those that `export` has.
    static func load(_ path: String, orExportWith options: Policy.Options?) throws -> Policy {
        let campaign = CampaignFolder(path)
        guard campaign.isThere else { return try load(path) }
        let record = try campaign.load()
        return try Policy(
            record, options: options ?? Policy.Options(tiers: record.allowedTiers),
            tool: Fathom.tool)
    }

    /// Throws for a policy of another program, or of another build of it, than the command runs.
    static func check(_ policy: Policy, isFor command: TargetCommand) throws {
        let facts = try TargetFacts.gather(
            TargetFile.inspect(command.program, script: command.script))
        guard facts.sha256 == policy.target.sha256 else {
            throw CommandFailure(
                "the policy is for another build: for \(policy.target.path) with SHA-256 "
                    + "\(policy.target.sha256.prefix(12)), and \(facts.path) has "
                    + "\(facts.sha256.prefix(12)); learn one of this build", code: .negative)
        }
        guard let script = policy.target.script, script.sha256 != facts.script?.sha256 else {
            return
        }
        let found =
            facts.script.map { "\($0.path) has \($0.sha256.prefix(12))" }
            ?? "the command names no script"
        throw CommandFailure(
            "the policy is for the script \(script.path) with SHA-256 \(script.sha256.prefix(12)), "
                + "and \(found); learn one of this script", code: .negative)
    }
}
