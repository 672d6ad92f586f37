import Foundation
import Store
import TestSupport
import Traces

/// What tests ask of a campaign's folder, while it is written or after.
struct CampaignFolder: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Executions as last saved; zero where there is no campaign yet.
    var executions: Int64 {
        guard let reader = try? CampaignReader.open(path) else { return 0 }
        return (try? reader.counters()["executions"]) ?? 0
    }

    /// The ids of the corpus, in the order of their discovery.
    func corpus() throws -> [String] {
        try CampaignReader.open(path).corpus().filter(\.isConfirmed).map(\.id)
    }

    /// The id of the first test case: the one that every other comes from.
    func base() throws -> String {
        guard let first = try CampaignReader.open(path).corpus().first else {
            throw TestSupportError("the campaign \(path) has no test case")
        }
        return first.id
    }

    /// The names of the calls that were observed.
    func syscalls() throws -> Set<String> {
        Set(try CampaignReader.open(path).observations().map { "\($0.syscall)" })
    }

    func problems() throws -> [String] {
        try CampaignReader.open(path).problems()
    }
}
