internal import Syscalls

/// The programs that an analysed one runs, and those that they run, with the set of each.
struct ProgramSets {
    /// A name in the code of a program, and the calls that pass it.
    struct Request {
        let name: String
        let parent: String
        let depth: Int
        let sites: Set<CallSite>
    }

    /// Programs beyond these are listed without a set.
    static let mostPrograms = 24

    private let results: ProgramResults
    private var finder: ProgramFinder { results.finder }
    private let options: ExtractionOptions
    private var pending: [Request] = []
    private var runs: [StaticSet.ProgramRun] = []
    private var inputs: [StaticSet.Input] = []
    private var indexByTarget: [String: Int] = [:]
    private var sets: [String: Result<SyscallSet, ExtractionError>] = [:]

    init(_ results: ProgramResults, _ options: ExtractionOptions) {
        self.results = results
        self.options = options
    }

    /// The programs, nearest first, and the configuration that was read on their account.
    static func collect(
        _ sites: [String: Set<CallSite>], of binary: String, _ results: ProgramResults,
        _ options: ExtractionOptions
    ) -> (runs: [StaticSet.ProgramRun], inputs: [StaticSet.Input]) {
        var sets = ProgramSets(results, options)
        sets.request(sites, by: binary, depth: 1)
        var next = 0
        while next < sets.pending.count {
            sets.add(sets.pending[next])
            next += 1
        }
        return (sets.runs, sets.inputs)
    }

    private mutating func request(
        _ sites: [String: Set<CallSite>], by parent: String, depth: Int
    ) {
        for (name, sites) in sites.sorted(by: { $0.key < $1.key }) {
            pending.append(Request(name: name, parent: parent, depth: depth, sites: sites))
        }
    }

    private mutating func add(_ request: Request) {
        let path = finder.find(request.name)
        let target = path ?? request.name
        if let known = indexByTarget[target] {
            let run = runs[known]
            runs[known] = StaticSet.ProgramRun(
                name: run.name, path: run.path, interpreter: run.interpreter, parent: run.parent,
                depth: run.depth, sites: Set(run.sites).union(request.sites).sorted(),
                syscalls: run.syscalls, reason: run.reason)
            return
        }
        indexByTarget[target] = runs.count
        let images = path.flatMap { finder.images(of: $0) }
        var syscalls = SyscallSet()
        var reason: String?
        if let images {
            for image in images {
                switch set(of: image, depth: request.depth) {
                case .success(let more): syscalls.formUnion(more)
                case .failure(let error): reason = reason ?? error.reason
                }
            }
        } else {
            reason = path == nil ? "it is not installed" : "its interpreter is not installed"
        }
        let last = images?.last
        runs.append(
            StaticSet.ProgramRun(
                name: request.name, path: path, interpreter: last == path ? nil : last,
                parent: request.parent, depth: request.depth, sites: request.sites.sorted(),
                syscalls: reason == nil ? syscalls : SyscallSet(), reason: reason))
    }

    /// The set of one file, and requests for what it runs.
    private mutating func set(
        of image: String, depth: Int
    ) -> Result<SyscallSet, ExtractionError> {
        if let known = sets[image] { return known }
        guard depth <= options.programDepth else {
            return .failure(
                refusal(
                    image,
                    options.programDepth == 0
                        ? "its set was not asked for"
                        : "it is run by a program that is run by others, too far away"))
        }
        guard sets.count < Self.mostPrograms else {
            return .failure(refusal(image, "too many programs are run"))
        }
        let outcome = results.outcome(of: image, depth: depth)
        if case .success(let found) = outcome {
            request(found.sites, by: image, depth: depth + 1)
            inputs += found.inputs
        }
        let result = outcome.map(\.syscalls)
        sets[image] = result
        return result
    }

    private func refusal(_ image: String, _ reason: String) -> ExtractionError {
        ExtractionError(code: .unsupported, path: image, reason: reason)
    }
}
