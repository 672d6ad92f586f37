package import Contact
internal import Platform
internal import Syscalls
package import TestCases
package import Traces

/// What the campaign runs.
extension CampaignRecord {
    /// The file that is executed: the target, or the script whose interpreter ``targetPath`` is.
    package var program: String { setup.program }

    /// The arguments that name what it runs, before those of every test case.
    package var prefix: [Bytes] { setup.prefix ?? [] }

    /// What the target's files are now that they were not, a sentence each.
    package func changes() -> [String] {
        let files =
            [LearnedFile(path: targetPath, sha256: targetHash)] + (script.map { [$0] } ?? [])
        return files.compactMap { file in
            guard let hash = try? MappedFile.open(file.path).contentHash() else {
                return "\(file.path) cannot be read any more"
            }
            return hash == file.sha256 ? nil : "\(file.path) is not the file that was run"
        }
    }

    /// What every test case starts from; nil where the stored form cannot be read.
    package var base: TestCase? { try? TestCase(inlineText: Bytes(setup.base.utf8)) }

    /// What the campaign tried: what its last run was told to, and what its evidence shows of
    /// earlier ones and of other campaigns.
    package var triedTiers: Set<Tier> {
        Set(setup.tiers).union(observations.lazy.map(\.tier)).union([.natural])
    }

    /// What of that a policy allows unless asked otherwise: that calls fail which should not is no
    /// part of a program's life.
    package var allowedTiers: Set<Tier> { triedTiers.subtracting([.injected]) }

    /// What of the target's doings the campaign cannot show.
    package var gaps: [TracingGap] {
        var images: Set<String> = []
        for observation in observations {
            if case .exec(let image) = observation.role { images.insert(image) }
        }
        images.insert(targetPath)
        return TracingGap.found(
            in: observations.lazy.map(\.syscall),
            privileged: images.sorted().filter(ProgramFile.hasRightsOfItsOwn))
    }
}
