internal import Syscalls

/// The numbers that the live system call instructions of a program can be reached with.
///
/// A function whose number is an argument is a wrapper; the numbers are what its live callers
/// pass, through as many wrappers as there are.
struct NumberResolution: Sendable {
    typealias Node = Reachability.Node

    /// Evidence for one number.
    struct Evidence {
        var sites: Set<CallSite> = []
        /// The function that fixes the number, then the wrappers down to the instruction.
        var path: [Node] = []
        /// How many steps lead from a root to the instruction.
        var length = Int.max
        /// Every path of that kind.
        var paths: Set<[Node]> = []
    }

    private struct Wrapper: Hashable {
        let function: Node
        let parameter: AbstractValue.Parameter
        let site: CallSite
    }

    private(set) var numbers: [UInt32: Evidence] = [:]
    private(set) var unresolved: [StaticSet.Unresolved] = []
    /// Instructions that may be reached with other numbers than those that were found.
    private(set) var openSites: Set<CallSite> = []
    private let reachability: Reachability
    private var pending: [(wrapper: Wrapper, path: [Node])] = []
    private var seen: Set<Wrapper> = []

    init(_ reachability: Reachability) {
        self.reachability = reachability
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
            guard reachability.isReached(site.address, in: node) else { continue }
            let place = self.site(site.address, of: node)
            guard site.kind == .syscall else {
                report("32-bit system call", place, "its number is of another table")
                continue
            }
            switch site.number {
            case .constant, .oneOf:
                let values = site.number.numbers ?? []
                add(values.filter { reachability.counts($0, in: node) }, place, path: [node])
            case .parameter(let parameter): enqueue(node, parameter, place, path: [node])
            case .pointee(.pointee(.constant(let variable), 0), let distance):
                collectShared(variable, distance, place, node)
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
        reachability.flows.flow(of: node, in: reachability.program)
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
        for edge in reachability.callers(of: wrapper.function) {
            let value = reachability.value(of: wrapper.parameter, at: edge)
            switch value {
            case .constant, .oneOf:
                let values = value.numbers ?? []
                add(values.map { $0 & 0xffff_ffff }, wrapper.site, path: [edge.caller] + path)
            case .parameter(let parameter):
                enqueue(edge.caller, parameter, wrapper.site, path: [edge.caller] + path)
            default:
                openSites.insert(wrapper.site)
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
            numbers[number]?.paths.insert(path)
            if length < numbers[number]?.length ?? .max {
                numbers[number]?.path = path
                numbers[number]?.length = length
            }
        }
    }

    /// The calls that are left when only some of the functions are live.
    func syscalls(whereLive isLive: (Node) -> Bool) -> SyscallSet {
        SyscallSet(
            numbers.filter { $0.value.paths.contains { $0.allSatisfy(isLive) } }.keys
                .map { SyscallNumber(rawValue: $0) })
    }

    /// Adds numbers that were seen at instructions whose own could not all be found; returns what
    /// is new by that.
    mutating func add(
        observed: [CallSite: Set<SyscallNumber>]
    ) -> [CallSite: Set<SyscallNumber>] {
        let open = observed.filter { openSites.contains($0.key) }
        guard !open.isEmpty else { return [:] }
        var added: [CallSite: Set<SyscallNumber>] = [:]
        for node in reachability.order {
            for index in function(node).sites {
                let place = site(module(of: node).summary.sites[index].address, of: node)
                for number in (open[place] ?? []).sorted()
                where numbers[number.rawValue]?.sites.contains(place) != true {
                    add([UInt64(number.rawValue)], place, path: [node])
                    added[place, default: []].insert(number)
                }
            }
        }
        return added
    }

    private mutating func report(_ kind: String, _ place: CallSite, _ detail: String) {
        if kind == "number" { openSites.insert(place) }
        unresolved.append(StaticSet.Unresolved(kind: kind, site: place, detail: detail))
    }

    /// Adds the sites of the kernel's own object for numbers that the program can reach: its
    /// functions make the call themselves that the C library would make without them.
    mutating func addKernelSites(_ object: ElfFile) {
        guard let summary = try? Summary(of: object) else { return }
        for site in summary.sites {
            guard let values = site.number.numbers else { continue }
            let offset = object.fileOffset(of: site.address) ?? site.address
            for value in values {
                numbers[UInt32(truncatingIfNeeded: value)]?.sites
                    .insert(CallSite(module: object.path, offset: offset))
            }
        }
    }
}
