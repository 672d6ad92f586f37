internal import Syscalls

/// Which functions and data objects of a program are live: code that may run, and data that code
/// that may run refers to.
///
/// Indirect calls need no edges: whatever function has its address taken by live code, or stands
/// in a live data object, may be called.
struct Reachability: Sendable {
    typealias Link = StaticSet.Step.Link

    /// How a function became live.
    enum Origin {
        case root(String)
        case function(Node)
    }

    struct Visit {
        let origin: Origin
        let link: Link
        /// Whether pointers to it are about, so that it may have callers that are not known.
        var isAddressTaken: Bool
        /// Whether such a pointer is more than the loader's list of constructors, which it has
        /// gone through when the program begins.
        var isPointedTo: Bool
    }

    /// A direct call, jump or call through the linkage table.
    struct Edge {
        let caller: Node
        /// Of the instruction.
        let address: UInt64
        let isCall: Bool
        /// What makes it, an index into ``Summary/references`` of the caller's module.
        var reference: Int?
    }

    var program: Program
    private(set) var visits = NodeTable<Visit>()
    /// Live functions in the order in which they became live.
    private(set) var order: [Node] = []
    private var callerTable = CallerTable()
    private var collectsCallers = true
    /// Texts without spaces that live code refers to, by module, with the functions that do.
    private(set) var strings: [Int: [String: [Node]]] = [:]
    private var collectsStrings = true
    private var roots: [(root: Root, label: String)] = []
    var lookUps = NameLookUps()
    /// Whether the functions that are entered are those that the loader calls once.
    private var entersConstructors = false
    /// Functions that are taken for empty.
    private var blocked = NodeTable<Void>()
    let conditions: Conditions
    var flows: ValueFlows { program.flows }
    /// Conditions that live code meets.
    private(set) var met: Set<Condition> = []
    /// What becomes live once a condition is met.
    private var deferred: [Condition: [DeferredVisit]] = [:]
    private var liveObjects = NodeTable<Void>()
    /// Modules whose initial thread-local variables are live.
    private var liveThreadLocals: Set<Int> = []
    private var pendingFunctions: [Node] = []
    private var nextFunction = 0
    private var pendingObjects: [(object: Node, from: Origin)] = []

    private var parts = LiveParts()

    private struct DeferredVisit {
        let node: Node
        let origin: Origin
        let link: Link
        let edge: Edge?
    }

    init(_ program: Program, conditions: Conditions) {
        self.program = program
        self.conditions = conditions
    }

    func isLive(_ node: Node) -> Bool { visits[node] != nil }

    /// The direct calls and jumps of live code to a function, in the order in which they were
    /// found.
    func callers(of node: Node) -> [Edge] { callerTable.edges(to: node, in: program) }

    /// Whether a function that some module exports under a name is live.
    func isLive(function name: String) -> Bool {
        program.exported([name]).contains(where: isLive)
    }

    // MARK: Roots

    mutating func add(_ root: Root, label: String) {
        roots.append((root, label))
        let origin = Origin.root(label)
        entersConstructors = label == Self.constructors
        defer { entersConstructors = false }
        switch root {
        case .address(let address, let module, let link):
            enter(address, module: module, from: origin, link: link, edge: nil)
        case .array(let range, let module):
            readMemory(range, module: module, from: origin)
        case .symbol(let definition):
            take(definition, addend: 0, from: origin, link: .lookup)
        case .resolver(let address, let module):
            addResolver(address, module: module, from: origin)
        case .threadLocals(let module):
            useThreadLocals(of: module, from: origin)
        }
    }

    private mutating func addResolver(_ address: UInt64, module: Int, from origin: Origin) {
        let summary = program.modules[module].summary
        guard let index = summary.function(containing: address) else { return }
        for reference in summary.references[summary.functions[index].references] {
            guard reference.kind == .call || reference.kind == .jump else { continue }
            enter(reference.target, module: module, from: origin, link: .call, edge: nil)
        }
    }

    /// The same program from the same roots, as if some functions returned at once. What calls a
    /// function is not noted.
    func without(_ functions: Set<Node>) -> Reachability {
        var result = fresh
        result.collectsCallers = false
        result.follow(roots, without: functions)
        return result
    }

    /// The same program from those of the same roots whose label passes a test, as if some
    /// functions returned at once.
    func from(_ isWanted: (String) -> Bool, without functions: Set<Node>) -> Reachability {
        var result = fresh
        result.follow(roots.filter { isWanted($0.label) }, without: functions)
        return result
    }

    private mutating func follow(
        _ roots: [(root: Root, label: String)], without functions: Set<Node>
    ) {
        for function in functions { blocked[function] = () }
        for (root, label) in roots { add(root, label: label) }
        run()
    }

    /// The same program from the start of some functions.
    func from(_ functions: some Sequence<Node>, label: String) -> Reachability {
        var result = fresh
        for node in functions {
            let start = program.modules[node.module].summary.functions[node.index].start
            result.add(.address(start, module: node.module, link: .call), label: label)
        }
        result.run()
        return result
    }

    /// Nothing live yet, under the same conditions as met so far.
    private var fresh: Reachability {
        var result = Reachability(program, conditions: conditions)
        result.met = met
        // The roots hold what was looked up by name.
        result.collectsStrings = false
        return result
    }

    // MARK: Conditions

    /// Whether a call that one function makes of its own counts.
    func counts(_ number: UInt64, in node: Node) -> Bool {
        guard let condition = conditions.condition(ofCall: number, in: node) else { return true }
        return met.contains(condition)
    }

    /// Conditions that keep something out that live code refers to.
    var unmet: [Condition] {
        let calls = conditions.conditions(ofCallsWhere: isLive)
        return Set(Array(deferred.keys) + calls).subtracting(met).sorted()
    }

    /// Makes live what waits for conditions that live code meets by now.
    mutating func meetConditions() {
        meet(unmet.filter { isMet($0) })
    }

    mutating func meet(_ conditions: [Condition]) {
        met.formUnion(conditions)
        for condition in conditions {
            for visit in deferred.removeValue(forKey: condition) ?? [] {
                self.visit(visit.node, from: visit.origin, link: visit.link, edge: visit.edge)
            }
        }
    }

    private func isMet(_ condition: Condition) -> Bool {
        switch condition {
        case .text(let text): strings.values.contains { $0[text] != nil }
        case .feature(let feature):
            // The library's own calls hand on what somebody has asked for before.
            program.exported(feature.enabling).contains { node in
                visits[node]?.isAddressTaken == true
                    || callers(of: node).contains { $0.caller.module != node.module }
            }
        }
    }

    // MARK: Worklist

    /// Follows everything that is live until nothing new is.
    mutating func run() {
        while true {
            if nextFunction < pendingFunctions.count {
                nextFunction += 1
                follow(pendingFunctions[nextFunction - 1])
            } else if let (object, origin) = pendingObjects.popLast() {
                let starts = program.modules[object.module].summary.objectStarts
                let end = object.index + 1 < starts.count ? starts[object.index + 1] : .max
                readMemory(starts[object.index]..<end, module: object.module, from: origin)
            } else {
                return
            }
        }
    }

    private mutating func follow(_ node: Node) {
        let module = program.modules[node.module]
        let origin = Origin.function(node)
        let function = module.summary.functions[node.index]
        let flows = program.flows
        let part = parts.position(of: node)
        var reached: AddressSet?
        if let part {
            parts[part].follow(node, of: module, flows, unequal: conditions.unequal(in: node))
            reached = parts[part].reached
        }
        let references = module.summary.references[function.references]
        let targets = module.targets.targets(of: node.index)
        for (position, target) in zip(references.indices, targets) {
            let reference = references[position]
            if let part {
                // The end of a function that runs on into the next one is no instruction of it.
                let isLive =
                    reached?.contains(reference.address) ?? true
                    || reference.address >= function.end
                guard isLive, parts[part].follow(reference: position) else { continue }
            }
            let edge = Edge(
                caller: node, address: reference.address, isCall: reference.kind.isCall,
                reference: position)
            switch target.place {
            case .function(let index):
                let isAddress = reference.kind == .address
                visit(
                    Node(module: node.module, index: index), from: origin,
                    link: isAddress ? .addressTaken : .call, edge: isAddress ? nil : edge)
            case .relocation(let index):
                enter(
                    module.file.contents.relocations[index], module: node.module, from: origin,
                    edge: edge)
            case .nothing: continue
            case .other: follow(reference, module: node.module, from: origin, edge: edge)
            }
        }
    }

    private mutating func follow(
        _ reference: Summary.Reference, module: Int, from origin: Origin, edge: Edge
    ) {
        switch reference.kind {
        case .call, .jump:
            enter(reference.target, module: module, from: origin, link: .call, edge: edge)
        case .callThroughSlot, .jumpThroughSlot:
            enterThroughSlot(reference.target, module: module, from: origin, edge: edge)
        case .address:
            takeAddress(reference.target, module: module, from: origin)
        case .load:
            let (end, overflow) = reference.target.addingReportingOverflow(
                UInt64(max(reference.size, 8)))
            guard !overflow else { return }
            readMemory(reference.target..<end, module: module, from: origin)
        }
    }

    private mutating func visit(_ node: Node, from origin: Origin, link: Link, edge: Edge?) {
        guard blocked[node] == nil else { return }
        if let condition = conditions.condition(entering: node, by: edge), !met.contains(condition)
        {
            let visit = DeferredVisit(node: node, origin: origin, link: link, edge: edge)
            deferred[condition, default: []].append(visit)
            return
        }
        if let edge, let reference = edge.reference, collectsCallers {
            callerTable.add(reference, of: edge.caller.module, to: node)
            lookUps.noteGrowth()
        }
        let function = program.modules[node.module].summary.functions[node.index]
        if function.deciding != 0 || conditions.unequal(in: node) != nil {
            widen(node, by: edge, function)
        }
        if visits[node] != nil {
            if edge == nil {
                visits[node]?.isAddressTaken = true
                if !entersConstructors { visits[node]?.isPointedTo = true }
            }
            return
        }
        visits[node] = Visit(
            origin: origin, link: link, isAddressTaken: edge == nil,
            isPointedTo: edge == nil && !entersConstructors)
        order.append(node)
        pendingFunctions.append(node)
    }

    /// Takes what another call passes into account.
    private mutating func widen(_ node: Node, by edge: Edge?, _ function: Summary.Function) {
        let known = parts.position(of: node)
        // No call can make more of it live, or it knows better what it passes to itself.
        if let known, parts[known].reached == nil || edge?.caller == node { return }
        let arguments = LivePart.arguments(of: edge, in: program, deciding: function.deciding)
        let isNew = visits[node] == nil
        if let known {
            if parts[known].add(arguments) { pendingFunctions.append(node) }
        } else if isNew {
            var part = LivePart(of: function)
            _ = part.add(arguments)
            parts.append(part, of: node)
        }
    }

    /// Whether an instruction of a live function may run.
    func isReached(_ address: UInt64, in node: Node) -> Bool {
        guard let part = parts.position(of: node), let reached = parts[part].reached else {
            return true
        }
        return reached.contains(address)
    }

    // MARK: Code

    private mutating func enter(
        _ address: UInt64, module: Int, from origin: Origin, link: Link, edge: Edge?
    ) {
        if let slot = program.modules[module].file.stubSlot(at: address) {
            enterThroughSlot(slot, module: module, from: origin, edge: edge)
        } else if let index = program.modules[module].summary.function(containing: address) {
            visit(Node(module: module, index: index), from: origin, link: link, edge: edge)
        }
    }

    /// Goes where a word leads that the loader fills in. A word without a relocation is a variable,
    /// whose contents some other live code took the address of.
    private mutating func enterThroughSlot(
        _ slot: UInt64, module: Int, from origin: Origin, edge: Edge?
    ) {
        let (end, overflow) = slot.addingReportingOverflow(8)
        guard !overflow else { return }
        let relocations = program.modules[module].file.relocations(in: slot..<end)
        guard let relocation = relocations.first, relocation.address == slot else {
            return readMemory(slot..<end, module: module, from: origin)
        }
        enter(relocation, module: module, from: origin, edge: edge)
    }

    private mutating func enter(
        _ relocation: Relocation, module: Int, from origin: Origin, edge: Edge?
    ) {
        switch relocation.kind {
        case .relative, .indirect:
            enter(relocation.addend, module: module, from: origin, link: .call, edge: edge)
        case .symbol:
            guard let bound = program.binding(of: Int(relocation.symbol), in: module) else {
                return
            }
            enterExactly(bound, from: origin, edge: edge)
            for target in program.variants(of: bound) {
                enterExactly(target, from: origin, edge: edge)
            }
        case .copy, .threadLocal: return
        }
    }

    private mutating func enterExactly(
        _ definition: Program.Definition, from origin: Origin, edge: Edge?
    ) {
        enter(
            program.symbol(definition).value, module: definition.module, from: origin,
            link: .imported, edge: edge)
    }

    // MARK: Data

    private mutating func takeAddress(_ address: UInt64, module: Int, from origin: Origin) {
        let file = program.modules[module].file
        if file.isCode(address),
            program.modules[module].summary.function(containing: address) != nil
        {
            enter(address, module: module, from: origin, link: .addressTaken, edge: nil)
        } else if file.contains(address) {
            noteString(address, module: module, from: origin)
            use(address, module: module, from: origin)
        }
    }

    /// Makes the data object around an address live.
    private mutating func use(_ address: UInt64, module: Int, from origin: Origin) {
        let starts = program.modules[module].summary.objectStarts
        let index = starts.partitionPoint { $0 > address } - 1
        guard index >= 0, liveObjects[Node(module: module, index: index)] == nil else { return }
        liveObjects[Node(module: module, index: index)] = ()
        pendingObjects.append((Node(module: module, index: index), origin))
    }

    /// Follows the pointers in a range of memory.
    private mutating func readMemory(_ range: Range<UInt64>, module: Int, from origin: Origin) {
        let file = program.modules[module].file
        for relocation in file.relocations(in: range) {
            switch relocation.kind {
            case .relative:
                takeData(relocation.addend, module: module, from: origin)
            case .indirect:
                enter(relocation.addend, module: module, from: origin, link: .data, edge: nil)
            case .symbol:
                if let bound = program.binding(of: Int(relocation.symbol), in: module) {
                    take(bound, addend: relocation.addend, from: origin, link: .data)
                }
            case .copy:
                if let source = program.copySource(of: Int(relocation.symbol), in: module) {
                    take(source, addend: 0, from: origin, link: .data)
                }
            case .threadLocal:
                let bound = program.binding(of: Int(relocation.symbol), in: module)
                useThreadLocals(of: bound?.module ?? module, from: origin)
            }
        }
        for pointer in file.fixedPointers(in: range) {
            takeData(pointer, module: module, from: origin)
        }
    }

    private mutating func takeData(_ address: UInt64, module: Int, from origin: Origin) {
        let isFunction = program.modules[module].summary.function(containing: address) != nil
        if isFunction {
            enter(address, module: module, from: origin, link: .data, edge: nil)
        } else {
            noteString(address, module: module, from: origin)
            use(address, module: module, from: origin)
        }
    }

    /// Takes the address that a symbol is bound to, whichever file the loader chose.
    private mutating func take(
        _ definition: Program.Definition, addend: UInt64, from origin: Origin, link: Link
    ) {
        takeExactly(definition, addend: addend, from: origin, link: link)
        for target in program.variants(of: definition) {
            takeExactly(target, addend: addend, from: origin, link: link)
        }
    }

    private mutating func takeExactly(
        _ definition: Program.Definition, addend: UInt64, from origin: Origin, link: Link
    ) {
        let symbol = program.symbol(definition)
        let address = symbol.value &+ addend
        switch symbol.kind {
        case .function, .indirectFunction:
            enter(address, module: definition.module, from: origin, link: link, edge: nil)
        case .object:
            use(address, module: definition.module, from: origin)
        case .threadLocal: useThreadLocals(of: definition.module, from: origin)
        case .other: takeData(address, module: definition.module, from: origin)
        }
    }

    /// Follows the initial values of a module's thread-local variables.
    private mutating func useThreadLocals(of module: Int, from origin: Origin) {
        guard let range = program.modules[module].file.contents.threadLocals else { return }
        guard liveThreadLocals.insert(module).inserted else { return }
        readMemory(range, module: module, from: origin)
    }

    /// Remembers texts that may name a library or a function; the loader looks both up.
    private mutating func noteString(_ address: UInt64, module: Int, from origin: Origin) {
        guard collectsStrings, case .function(let node) = origin,
            let text = program.modules[module].file.name(at: address)
        else { return }
        // A function that names a text often does so in a row.
        if strings[module]?[text]?.last == node { return }
        strings[module, default: [:]][text, default: []].append(node)
        lookUps.noteGrowth()
    }
}
