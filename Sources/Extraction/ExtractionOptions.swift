package import Syscalls

/// What to analyse beside the program itself.
package struct ExtractionOptions: Hashable, Sendable {
    /// Where counting begins; see ``StaticSet/Convention``.
    package var convention: StaticSet.Convention
    /// A folder that holds another system's root; libraries and configuration are read below it.
    package var sysroot: String?
    /// Paths of libraries that the program is known to load while it runs, such as those that a
    /// trace saw mapped. Every function they export counts as called.
    package var libraries: [String]
    /// Names of assumptions to leave out, as in ``StaticSet/Assumption/name``.
    package var withoutAssumptions: Set<String>
    /// What runs of the program showed.
    package var evidence: ExtractionEvidence
    /// Whether to find a way to each call for each stage of the program's life.
    package var findsWays: Bool

    package init(
        convention: StaticSet.Convention = .wholeProcess, sysroot: String? = nil,
        libraries: [String] = [], withoutAssumptions: Set<String> = [],
        evidence: ExtractionEvidence = ExtractionEvidence(), findsWays: Bool = false
    ) {
        self.convention = convention
        self.sysroot = sysroot
        self.libraries = libraries
        self.withoutAssumptions = withoutAssumptions
        self.evidence = evidence
        self.findsWays = findsWays
    }
}
