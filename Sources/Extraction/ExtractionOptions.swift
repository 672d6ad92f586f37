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
    /// A folder that keeps what was found out about single files for the next extraction, see
    /// ``CacheFolder``; nil for none. It does not change results.
    package var cacheFolder: String?

    package init(
        convention: StaticSet.Convention = .wholeProcess, sysroot: String? = nil,
        libraries: [String] = [], withoutAssumptions: Set<String> = [],
        cacheFolder: String? = nil
    ) {
        self.convention = convention
        self.sysroot = sysroot
        self.libraries = libraries
        self.withoutAssumptions = withoutAssumptions
        self.cacheFolder = cacheFolder
    }
}
