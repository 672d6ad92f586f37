internal import Foundation

/// The numbers that decide what the search does next. `Benchmarks/search-settings` shows what each
/// buys, by campaigns in which one of them is another.
package struct SearchSettings: Hashable, Codable, Sendable {
    /// Of a hundred test cases, how many depend on nothing that was found. Only these speak of
    /// what further ones can show, so that bounds shrink as they do; and they are what leaves a
    /// corner that mutation has got stuck in. 15 of syzkaller's and AFL's order.
    package var freshShare = 15
    /// Of a hundred test cases, the least and the most that go on with the sweep, whatever it
    /// found lately: it reaches what chance does not, and has an end.
    package var leastSweep = 10
    package var mostSweep = 50
    /// One in so many children is made towards a call that was never seen: about as many as are
    /// drawn anew. 0 for none.
    package var directedShare = 7
    /// One in so many test cases is looked at for what the target compares it with, besides
    /// those that are kept: looking costs some ten executions, one that passes a comparison is
    /// worth hundreds. 0 for none.
    package var comparisonSamples = 64
    /// Of test cases that pass a comparison, one in so many at most, as long as they find
    /// something. 0 for none.
    package var proposalShare = 2
    /// Of test cases, one in so many at most does something with what the target has made, as long
    /// as that finds something. 0 for none.
    package var artifactShare = 3
    /// Children of entries that were picked less often than this are traced in full: most of what
    /// an entry has to show it shows soon.
    package var promisingPicks = 8
    /// Of the others one in so many; the rest runs armed, and shows new calls only.
    package var sampledShare = 4
    /// Of children that would have to be started anew while their parents are copied, one in so
    /// many is; for the others chance is given a second try. 0 for all.
    package var anewShare = 4
    /// Of a thousand, the weight that every dimension keeps however little it found: a dimension
    /// that has found nothing yet may be the one that is missing.
    package var dimensionFloor = 25
    /// In executions, how much what was assumed of the dimensions counts against what was seen:
    /// about as many as the first seconds have. Large to learn nothing.
    package var priorCost = 400

    package init() {}

    /// The numbers by the names that `--setting` takes.
    package static let named: [String: any WritableKeyPath<SearchSettings, Int> & Sendable] = [
        "fresh-share": \.freshShare, "least-sweep": \.leastSweep, "most-sweep": \.mostSweep,
        "directed-share": \.directedShare, "comparison-samples": \.comparisonSamples,
        "proposal-share": \.proposalShare, "promising-picks": \.promisingPicks,
        "sampled-share": \.sampledShare, "dimension-floor": \.dimensionFloor,
        "prior-cost": \.priorCost, "anew-share": \.anewShare,
        "artifact-share": \.artifactShare,
    ]

    /// A campaign from before one of the numbers has it as it is by default.
    package init(from decoder: any Decoder) throws {
        let stored = try [String: Int](from: decoder)
        for (name, path) in Self.named {
            // `fresh-share` is stored as `freshShare`.
            let words = name.split(separator: "-").map(String.init)
            let property = words.dropFirst().reduce(words[0]) { $0 + $1.capitalized }
            if let value = stored[property] { self[keyPath: path] = value }
        }
    }

    /// What a number may be.
    package static let range = 0...1_000_000
}
