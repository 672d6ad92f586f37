internal import Extraction
internal import Syscalls
internal import Traces

/// The static set of a campaign, before and after it was computed with what the campaign saw.
struct StaticSetUpdate: Sendable {
    let old: StaticSet?
    let new: StaticSet?
    /// Why there is no new one.
    let failure: String?

    /// What the evidence gave the set, in one sentence; nil when it gave nothing.
    var gain: String? {
        guard let old, let new else { return nil }
        let modules = Set(new.modules).subtracting(old.modules).sorted()
        let calls = new.syscalls.subtracting(old.syscalls).sortedNames
        guard !modules.isEmpty || !calls.isEmpty else { return nil }
        let names = modules.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let rest = names.count - Self.shownModules
        let files =
            names.isEmpty
            ? ""
            : " with " + names.prefix(Self.shownModules).joined(separator: ", ")
                + (rest > 0 ? " and \(rest) more files that it loaded" : "")
        let gained = calls.isEmpty ? "" : ": adds " + calls.joined(separator: ", ")
        return "The static set was computed anew" + files + gained + "."
    }

    private static let shownModules = 4
}

extension ExtractionEvidence {
    /// What observations of the target itself show.
    init(_ observations: [Observation]) {
        self.init()
        for observation in observations where observation.role.isTarget {
            if observation.phase != .load { reachesMain = true }
            for site in observation.sites where site.module.hasPrefix("/") {
                // The launch comes from code of the tracer.
                guard observation.syscall != .execve || observation.phase != .load else { continue }
                libraries.insert(site.module)
                numbers[site, default: []].insert(observation.syscall)
            }
        }
    }
}
