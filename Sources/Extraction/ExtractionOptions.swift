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
    /// Names of assumptions to leave out, of ``Extractor/assumptionNames``.
    package var withoutAssumptions: Set<String>
    /// How far programs that run programs are followed; 0 lists those that the analysed one runs
    /// without their sets.
    package var programDepth: Int
    /// What runs of the program showed.
    package var evidence: ExtractionEvidence
    /// Whether to find a way to each call for each stage of the program's life.
    package var findsWays: Bool
    /// A folder that keeps sets, and what was found out about single files, for the next
    /// extraction, see ``CacheFolder``; nil for none. It does not change results.
    package var cacheFolder: String?

    package init(
        convention: StaticSet.Convention = .wholeProcess, sysroot: String? = nil,
        libraries: [String] = [], withoutAssumptions: Set<String> = [], programDepth: Int = 3,
        evidence: ExtractionEvidence = ExtractionEvidence(), findsWays: Bool = false,
        cacheFolder: String? = nil
    ) {
        self.convention = convention
        self.sysroot = sysroot
        self.libraries = libraries
        self.withoutAssumptions = withoutAssumptions
        self.programDepth = programDepth
        self.evidence = evidence
        self.findsWays = findsWays
        self.cacheFolder = cacheFolder
    }
}
