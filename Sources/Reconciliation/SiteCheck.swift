package import Syscalls
package import Traces

/// Every place that was seen to make a call, held against the static set site by site.
///
/// Comparing sets hides errors of the extractor: a call that it has at one instruction and that
/// another makes looks confirmed. Here each pair of an instruction and a number counts.
package struct SiteCheck: Hashable, Sendable {
    /// An instruction that made a call.
    package struct Sighting: Hashable, Comparable, Sendable, Encodable {
        package let site: CallSite
        package let syscall: SyscallNumber

        package init(site: CallSite, syscall: SyscallNumber) {
            self.site = site
            self.syscall = syscall
        }

        package static func < (left: Sighting, right: Sighting) -> Bool {
            (left.site, left.syscall) < (right.site, right.syscall)
        }
    }

    /// What the static set says to a sighting.
    package enum Judgement: String, CaseIterable, Hashable, Sendable, Encodable {
        /// The static set has the call at this instruction.
        case expected
        /// It has the instruction, with other numbers: a bug of the extractor.
        case wrongNumber = "wrong number"
        /// It analysed the module and does not have the instruction, because its function does not
        /// count as reachable or was not found: a bug of the extractor.
        case unknownSite = "unknown site"
        /// The extractor said that it could not tell the instruction's number.
        case unresolved
        /// Nothing said that the module would be loaded.
        case unanalysed = "module not analysed"
        /// Only such a module leads to the instruction, see ``SiteCheck/excusing(_:)``.
        case behindUnanalysed = "behind a module not analysed"
        /// Code that was generated or copied while the program ran; no file has it.
        case generated = "generated code"
        /// The kernel's own code, whose instructions differ from kernel to kernel.
        case kernelObject = "vDSO"
        /// Through the 32-bit gate, whose numbers are of another table.
        case compatibility = "32-bit call"
        /// The kernel made the call, at whatever instruction was interrupted.
        case kernelMade = "kernel-made"

        package var isBug: Bool { self == .wrongNumber || self == .unknownSite }
    }

    /// One sighting that the static set does not have.
    package struct Finding: Hashable, Sendable, Encodable {
        package let site: CallSite
        package let syscall: SyscallNumber
        package let judgement: Judgement
        /// The calls that the static set has at the instruction.
        package let expected: [String]
        /// Test case that shows it; empty where there is none.
        package let witness: String

        /// Why it is judged so, in a few words.
        package var reason: String {
            switch judgement {
            case .wrongNumber:
                "the static set has \(expected.joined(separator: ", ")) there"
            case .unknownSite:
                "the module was analysed, and has no live system call instruction there"
            default: judgement.rawValue
            }
        }
    }

    /// How many pairs of instruction and number were held against the set.
    package let checked: Int
    /// What the extractor has wrong, by site.
    package let bugs: [Finding]
    /// What the static set does not have for a reason that is no bug, by site.
    package let apart: [Finding]

    /// Checks what was seen of the target itself. With a set that begins at `main`, what was seen
    /// in the loader is left out.
    package init(static set: StaticSet, observations: [Observation]) {
        var witnesses: [Sighting: Observation] = [:]
        for observation in observations where observation.role.isTarget {
            let isLoading = observation.phase == .load
            guard !isLoading || set.convention == .wholeProcess else { continue }
            // The launch is made by code of the tracer.
            guard !isLoading || observation.syscall != .execve else { continue }
            for site in observation.sites {
                let sighting = Sighting(site: site, syscall: observation.syscall)
                guard let known = witnesses[sighting],
                    !observation.isBetterWitness(than: known)
                else {
                    witnesses[sighting] = observation
                    continue
                }
            }
        }
        self.init(static: set, sightings: witnesses.mapValues(\.witness))
    }

    /// - Parameter sightings: with the test case that shows each.
    package init(static set: StaticSet, sightings: [Sighting: String]) {
        let judge = Judge(set)
        let findings = sightings.sorted { $0.key < $1.key }.map { sighting, witness in
            Finding(
                site: sighting.site, syscall: sighting.syscall, judgement: judge(sighting),
                expected: judge.expected(at: sighting.site), witness: witness)
        }
        checked = findings.count
        bugs = findings.filter(\.judgement.isBug)
        apart = findings.filter { $0.judgement != .expected && !$0.judgement.isBug }
    }

    /// The same with those bugs told apart that are none for a larger set: one in which libraries
    /// were analysed that nothing in the program's files names.
    package func excusing(_ larger: SiteCheck) -> SiteCheck {
        let wrong = Set(larger.bugs.map { Sighting(site: $0.site, syscall: $0.syscall) })
        let excused = bugs.filter {
            !wrong.contains(Sighting(site: $0.site, syscall: $0.syscall))
        }
        let moved = excused.map {
            Finding(
                site: $0.site, syscall: $0.syscall, judgement: .behindUnanalysed,
                expected: $0.expected, witness: $0.witness)
        }
        return SiteCheck(
            checked: checked, bugs: bugs.filter { !excused.contains($0) },
            apart: (apart + moved).sorted { ($0.site, $0.syscall) < ($1.site, $1.syscall) })
    }

    private init(checked: Int, bugs: [Finding], apart: [Finding]) {
        self.checked = checked
        self.bugs = bugs
        self.apart = apart
    }

    /// How many sightings there are of each judgement that is no bug.
    package var apartCounts: [String: Int] {
        Dictionary(grouping: apart, by: \.judgement.rawValue).mapValues(\.count)
    }
}

/// A static set, indexed by site.
private struct Judge {
    private var calls: [CallSite: Set<SyscallNumber>] = [:]
    private let modules: Set<String>
    private let unresolved: Set<CallSite>

    init(_ set: StaticSet) {
        modules = Set(set.modules)
        unresolved = Set(set.unresolved.map(\.site))
        for entry in set.entries {
            for site in entry.sites { calls[site, default: []].insert(entry.number) }
        }
    }

    func expected(at site: CallSite) -> [String] {
        (calls[site] ?? []).map(\.name).sorted()
    }

    func callAsFunction(_ sighting: SiteCheck.Sighting) -> SiteCheck.Judgement {
        let site = sighting.site
        if calls[site]?.contains(sighting.syscall) == true { return .expected }
        if sighting.syscall.isCompatibility { return .compatibility }
        if sighting.syscall == .restartSyscall { return .kernelMade }
        if site.module == "[anonymous]" { return .generated }
        if site.module == "[vdso]" { return .kernelObject }
        if unresolved.contains(site) { return .unresolved }
        guard modules.contains(site.module) else { return .unanalysed }
        return calls[site] == nil ? .unknownSite : .wrongNumber
    }
}

extension SiteCheck: Encodable {
    private enum Keys: String, CodingKey { case checked, bugs, apart }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(checked, forKey: .checked)
        try container.encode(bugs, forKey: .bugs)
        try container.encode(apart, forKey: .apart)
    }
}
