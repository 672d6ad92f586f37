package import Syscalls

/// What runs of a program showed that its files do not tell.
///
/// Evidence only ever adds to a set. What it adds is an assumption of the result, named
/// `observed`.
package struct ExtractionEvidence: Hashable, Sendable {
    /// Paths of files that were seen mapped for execution, links resolved.
    package var libraries: Set<String>
    /// The calls that were seen at each instruction.
    package var numbers: [CallSite: Set<SyscallNumber>]
    /// Where functions begin that were seen to be entered.
    package var functions: Set<CallSite>
    /// Whether a run came past the dynamic loader, so that `main` is known to run.
    package var reachesMain: Bool

    package init(
        libraries: Set<String> = [], numbers: [CallSite: Set<SyscallNumber>] = [:],
        functions: Set<CallSite> = [], reachesMain: Bool = false
    ) {
        self.libraries = libraries
        self.numbers = numbers
        self.functions = functions
        self.reachesMain = reachesMain
    }

    package var isEmpty: Bool { libraries.isEmpty && numbers.isEmpty && functions.isEmpty }
}
