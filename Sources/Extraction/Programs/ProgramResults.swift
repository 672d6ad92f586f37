internal import Platform
internal import Synchronization
internal import Syscalls

/// The sets of programs that others run, each worked out once, and ahead of time where it is known
/// early that it will be asked for.
final class ProgramResults: Sendable {
    struct Found: Sendable {
        let syscalls: SyscallSet
        /// What the program runs in turn.
        let sites: [String: Set<CallSite>]
        /// Configuration that was read on its account.
        let inputs: [StaticSet.Input]
    }

    typealias Outcome = Result<Found, ExtractionError>

    let finder: ProgramFinder
    private let store: ModuleStore
    private let options: ExtractionOptions
    private let outcomes = Mutex<[String: AheadOfTime<Outcome>]>([:])

    init(_ tree: FileTree, _ store: ModuleStore, _ options: ExtractionOptions) {
        finder = ProgramFinder(tree: tree)
        self.store = store
        self.options = options
    }

    /// The set of one file.
    ///
    /// - Parameter depth: how many programs run one another up to this one.
    func outcome(of image: String, depth: Int) -> Outcome {
        begin(image, depth: depth).value
    }

    /// Begins with the sets of what a program runs, as far as they are surely wanted.
    ///
    /// - Parameter names: as in the code of the program.
    func expect(_ names: some Sequence<String>, depth: Int) {
        guard depth <= options.programDepth else { return }
        for name in names.sorted() {
            for image in finder.find(name).flatMap({ finder.images(of: $0) }) ?? []
            where outcomes.withLock({ $0.count }) < ProgramSets.mostPrograms {
                _ = begin(image, depth: depth)
            }
        }
    }

    /// To be called when nothing more is asked for: what was not begun refers to this object.
    func forget() { outcomes.withLock { $0 = [:] } }

    private func begin(_ image: String, depth: Int) -> AheadOfTime<Outcome> {
        outcomes.withLock { outcomes in
            if let known = outcomes[image] { return known }
            let new = store.work.begin { [self] in extract(image, depth: depth) }
            outcomes[image] = new
            return new
        }
    }

    private func extract(_ image: String, depth: Int) -> Outcome {
        Outcome { () throws(ExtractionError) in
            // What nobody will have asked for is to leave no mark.
            let tree = finder.tree.withInputsOfItsOwn()
            let program = try Program(image, tree: tree, store: store)
            var analysis = Analysis(
                program, options: ExtractionOptions(withoutAssumptions: options.withoutAssumptions))
            analysis.run()
            let sites = analysis.programCalls.sites
            expect(sites.keys, depth: depth + 1)
            return Found(syscalls: analysis.syscalls, sites: sites, inputs: tree.inputs)
        }
    }
}
