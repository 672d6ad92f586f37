internal import Foundation
package import TestCases

/// The test cases that a campaign starts from.
package enum Seeds {
    /// A seed that was not used, and why.
    package struct Skipped: Sendable {
        package let path: String
        package let problem: String
    }

    /// The most files that are read from one folder.
    private static let limit = 10_000

    /// Every `*.txt` of a folder, in the order of their names, as test cases in the readable
    /// encoding. One that cannot be read is skipped and named.
    package static func load(_ folder: String) -> (seeds: [TestCase], skipped: [Skipped]) {
        var seeds: [TestCase] = []
        var skipped: [Skipped] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.filter({ $0.hasSuffix(".txt") }).sorted().prefix(limit) {
            let path = folder + "/" + name
            do {
                let text = try Data(contentsOf: URL(fileURLWithPath: path))
                seeds.append(try TestCase(inlineText: Bytes(text)))
            } catch let error as TestCaseError {
                skipped.append(Skipped(path: path, problem: "\(error)"))
            } catch {
                skipped.append(Skipped(path: path, problem: error.localizedDescription))
            }
        }
        return (seeds, skipped)
    }
}
