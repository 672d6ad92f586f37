internal import Syscalls

/// The numbers that the live system call instructions of a program can be reached with.
///
/// A function whose number is an argument is a wrapper; the numbers are what its live callers
/// pass, through as many wrappers as there are.
struct NumberResolution {
    typealias Node = Reachability.Node

    /// Evidence for one number.
    struct Evidence {
        var sites: Set<CallSite> = []
        /// The function that fixes the number, then the wrappers down to the instruction.
        var path: [Node] = []
        /// How many steps lead from a root to the instruction.
        var length = Int.max
    }

    private struct Wrapper: Hashable {
        let function: Node
        let parameter: AbstractValue.Parameter
        let site: CallSite
    }

    private(set) var numbers: [UInt32: Evidence] = [:]
    private(set) var unresolved: [StaticSet.Unresolved] = []
    private let reachability: Reachability
    private var pending: [(wrapper: Wrapper, path: [Node])] = []
    private var seen: Set<Wrapper> = []
    private let flows: ValueFlows

    init(_ reachability: Reachability, _ flows: ValueFlows) {
        self.reachability = reachability
        self.flows = flows
        for node in reachability.order { collect(node) }
        while let next = pending.popLast() { follow(next.wrapper, next.path) }
    }

    var syscalls: SyscallSet { SyscallSet(numbers.keys.map { SyscallNumber(rawValue: $0) }) }

    private func module(of node: Node) -> Program.Module {
        reachability.program.modules[node.module]
    }

    private func function(_ node: Node) -> Summary.Function {
        module(of: node).summary.functions[node.index]
    }

    private func site(_ address: UInt64, of node: Node) -> CallSite {
        let file = module(of: node).file
        return CallSite(module: file.path, offset: file.fileOffset(of: address) ?? address)
    }

    private mutating func collect(_ node: Node) {
        for index in function(node).sites {
            let site = module(of: node).summary.sites[index]
            let place = self.site(site.address, of: node)
            guard site.kind == .syscall else {
                report("32-bit system call", place, "its number is of another table")
                continue
            }
            switch site.number {
            case .constants(let values): add(values, place, path: [node])
            case .parameter(let parameter): enqueue(node, parameter, place, path: [node])
            case .pointee(.pointee(.constants(let values), 0), let distance)
            where values.count == 1:
                collectShared(values[0], distance, place, node)
            default: report("number", place, "\(site.number)")
            }
        }
    }

    /// The number stands where a global variable points: glibc's set*id calls leave a pointer to
    /// their number there, for a signal handler that makes the call in every thread.
    private mutating func collectShared(
        _ variable: UInt64, _ distance: Int64, _ place: CallSite, _ node: Node
    ) {
        var isFound = false
        for index in module(of: node).summary.functions.indices {
            let other = Node(module: node.module, index: index)
            for site in function(other).sites {
                guard
                    case .parameter(.pointee(let argument, distance)) =
                        module(of: other).summary.sites[site].number,
                    flow(other).stores[variable] == .parameter(.register(argument))
                else { continue }
                isFound = true
                guard reachability.isLive(other) else { continue }
                enqueue(other, .pointee(argument, distance), place, path: [other])
            }
        }
        if !isFound { report("number", place, "read through a variable that nothing sets") }
    }

    private func flow(_ node: Node) -> ValueFlow {
        flows.flow(of: node, in: reachability.program)
    }

    private mutating func enqueue(
        _ node: Node, _ parameter: AbstractValue.Parameter, _ place: CallSite, path: [Node]
    ) {
        let wrapper = Wrapper(function: node, parameter: parameter, site: place)
        if seen.insert(wrapper).inserted { pending.append((wrapper, path)) }
    }

    private mutating func follow(_ wrapper: Wrapper, _ path: [Node]) {
        if reachability.visits[wrapper.function]?.isAddressTaken == true {
            let way = reachability.chain([wrapper.function]).map(\.function)
            report(
                "number", wrapper.site,
                "its function may be called through a pointer: " + way.joined(separator: " → "))
        }
        for edge in reachability.callers[wrapper.function] ?? [] {
            let state = flow(edge.caller).state(before: edge.address)
            switch state?.argument(wrapper.parameter, isCall: edge.isCall) ?? .unknown {
            case .constants(let values):
                add(values.map { $0 & 0xffff_ffff }, wrapper.site, path: [edge.caller] + path)
            case .parameter(let parameter):
                enqueue(edge.caller, parameter, wrapper.site, path: [edge.caller] + path)
            default:
                report(
                    "number", site(edge.address, of: edge.caller),
                    "the number that it passes on to \(wrapper.site) is not constant")
            }
        }
    }

    private mutating func add(_ values: [UInt64], _ place: CallSite, path: [Node]) {
        let length = reachability.depth(of: path[0]) + path.count
        for value in values {
            let number = UInt32(truncatingIfNeeded: value)
            numbers[number, default: Evidence()].sites.insert(place)
            if length < numbers[number]?.length ?? .max {
                numbers[number]?.path = path
                numbers[number]?.length = length
            }
        }
    }

    private mutating func report(_ kind: String, _ place: CallSite, _ detail: String) {
        unresolved.append(StaticSet.Unresolved(kind: kind, site: place, detail: detail))
    }

    // MARK: What is not code of this program

    /// Functions that run another program or load a library, and which argument names it.
    private static let outsiders: [(name: String, argument: Int, kind: String)] = [
        ("dlopen", 0, "dlopen"), ("dlmopen", 1, "dlopen"), ("dlsym", 1, "dlsym"),
        ("execve", 0, "execve"), ("execv", 0, "execve"), ("execvp", 0, "execve"),
        ("execvpe", 0, "execve"), ("execl", 0, "execve"), ("execlp", 0, "execve"),
        ("execle", 0, "execve"), ("fexecve", 0, "execve"), ("execveat", 1, "execve"),
        ("posix_spawn", 1, "execve"), ("posix_spawnp", 1, "execve"), ("system", 0, "execve"),
        ("popen", 0, "execve"),
    ]

    /// Reports the live calls that lead outside of what was analysed: programs that are run,
    /// whose calls are their own, and names that are not constant.
    mutating func reportOutsiders() {
        var runsPrograms = false
        for outsider in Self.outsiders {
            for edge in reachability.edges(toExport: outsider.name) {
                let value = flow(edge.caller).state(before: edge.address)?
                    .argument(.register(outsider.argument), isCall: edge.isCall)
                let text = value?.single.flatMap {
                    module(of: edge.caller).file.string(at: $0, limit: 4096)
                }
                let isProgram = outsider.kind == "execve"
                runsPrograms = runsPrograms || isProgram
                guard isProgram || text == nil else { continue }
                let what = text.map { "\"\($0)\"" } ?? "a name that is not constant"
                report(
                    outsider.kind, site(edge.address, of: edge.caller),
                    "\(outsider.name) of \(what)")
            }
        }
        guard !runsPrograms else { return }
        for number in [SyscallNumber.execve, .execveat] {
            guard let evidence = numbers[number.rawValue], let site = evidence.sites.min() else {
                continue
            }
            let way = reachability.chain(evidence.path).map(\.function)
            report("execve", site, "reached by " + way.joined(separator: " → "))
        }
    }

    /// Adds the sites of the kernel's own object for numbers that the program can reach: its
    /// functions make the call themselves that the C library would make without them.
    mutating func addKernelSites(_ object: ElfFile) {
        for site in Summary(of: object).sites {
            guard case .constants(let values) = site.number else { continue }
            let offset = object.fileOffset(of: site.address) ?? site.address
            for value in values {
                numbers[UInt32(truncatingIfNeeded: value)]?.sites
                    .insert(CallSite(module: object.path, offset: offset))
            }
        }
    }
}
