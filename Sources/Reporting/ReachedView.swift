package import Campaigns
package import Reconciliation
internal import Syscalls
internal import Traces

/// The reconciliation table of a campaign: which calls of the static set were ever reached, and
/// what was reached besides. Its encoding is the JSON of a stable shape.
package struct ReachedView: Sendable, Encodable {
    /// Sizes of the sets and of each verdict, by its name.
    package struct Summary: Sendable, Encodable {
        package let staticSyscalls: Int
        package let dynamicSyscalls: Int
        package let staticOnly: Int
        package let dynamicOnly: Int
        package let verdicts: [String: Int]
    }

    package let campaign: String
    package let executions: UInt64
    package let elapsedSeconds: Double
    package let summary: Summary
    package let rows: [ReconciliationTable.Row]
    package let foreignPrograms: [ReconciliationTable.ForeignProgram]
    /// Every site that was seen, held against the static set.
    package let siteCheck: SiteCheck
    /// Rows of calls that were never reached, the most promising first.
    let unreachedRows: [ReconciliationTable.Row]
    let staticSet: StaticSet
    let phases: [Phase]

    private enum CodingKeys: CodingKey {
        case campaign, executions, elapsedSeconds, summary, rows, foreignPrograms, siteCheck
    }

    /// nil when the campaign has no static set to compare with. With `isStaticOnly` the rows are
    /// those of calls that were never reached.
    package init?(_ record: CampaignRecord, isStaticOnly: Bool = false) {
        guard let set = record.staticSet else { return nil }
        let table = ReconciliationTable(
            static: set, observations: record.observations, tries: record.tries)
        campaign = record.folder
        executions = record.executions
        elapsedSeconds = record.seconds
        staticSet = set
        phases = record.phases
        summary = Summary(
            staticSyscalls: table.rows.count { $0.isStatic },
            dynamicSyscalls: table.rows.count { $0.isDynamic },
            staticOnly: table.staticOnly.count, dynamicOnly: table.dynamicOnly.count,
            verdicts: Dictionary(grouping: table.rows) { $0.verdict.rawValue }
                .mapValues(\.count))
        rows = isStaticOnly ? table.rows.filter { !$0.isDynamic } : table.rows
        unreachedRows = table.unreached
        siteCheck = table.siteCheck
        foreignPrograms = isStaticOnly ? [] : table.foreignPrograms
    }
}
