internal import Syscalls

/// Where a program's life begins, phase by phase.
extension Reachability {
    /// A place where something outside of the live code begins.
    enum Root {
        case address(UInt64, module: Int, link: Link)
        /// Whatever an array of function pointers holds.
        case array(Range<UInt64>, module: Int)
        /// A symbol that is looked up by name.
        case symbol(Program.Definition)
        /// A resolver of indirect functions: what it calls runs, while the functions that it
        /// chooses from become live only when somebody uses its result.
        case resolver(UInt64, module: Int)
        case threadLocals(module: Int)
    }

    /// The label of the constructors of the libraries that are there from the start.
    static let constructors = "constructors"

    /// Everything that runs before `main`, and the code that calls `main`.
    mutating func addStartRoots() {
        addLoadingRoots()
        add(
            .address(program.modules[0].file.contents.entry, module: 0, link: .call),
            label: "program entry")
    }

    /// The loader, and what it calls before the program's entry point.
    mutating func addLoadingRoots() {
        if let loader = program.loader {
            add(
                .address(program.modules[loader].file.contents.entry, module: loader, link: .call),
                label: "loader entry")
        }
        for module in program.modules.indices { addLoadRoots(of: module, "") }
    }

    /// Functions that code before `main` leaves pointers to, and that run later through them.
    ///
    /// - Parameter loading: everything live before the program's entry point, settled.
    mutating func addPointerRoots(_ loading: Reachability) {
        for node in loading.order where loading.visits[node]?.isPointedTo == true {
            // The loader passes addresses of its own stages down as arguments; those are done.
            guard node.module != program.loader || loading.visits[node]?.link == .data else {
                continue
            }
            let start = program.modules[node.module].summary.functions[node.index].start
            add(
                .address(start, module: node.module, link: .addressTaken),
                label: "pointer from before main")
        }
        guard let loader = program.loader else { return }
        let module = program.modules[loader]
        let entry = module.summary.function(containing: module.file.contents.entry)
        for node in loading.order where node.module == loader {
            let function = module.summary.functions[node.index]
            let targets = module.summary.references[function.references]
                .filter { $0.kind == .address && module.file.isCode($0.target) }.map(\.target)
                // The start-up code compares entry points, it does not come back to its own.
                .filter { module.summary.function(containing: $0) != entry }
            guard !targets.isEmpty else { continue }
            let flow = ValueFlow(
                module.file, range: function.start..<function.end, summary: module.summary)
            // The entry code hands the function that runs destructors to the program.
            for target in targets
            where node.index == entry || flow.storedConstants.contains(target) {
                add(
                    .address(target, module: loader, link: .addressTaken),
                    label: "pointer from before main")
            }
        }
    }

    /// `main`, and what runs when it returns.
    mutating func addMainRoots() {
        if let main = mainFunction {
            add(.address(main, module: 0, link: .call), label: "main")
        } else {
            add(
                .address(program.modules[0].file.contents.entry, module: 0, link: .call),
                label: "program entry")
        }
        if let exit = program.lookUp("exit", scope: program.modules[0].scope) {
            add(.symbol(exit), label: "exit")
        }
        add(.threadLocals(module: 0), label: "main")
        for module in program.modules.indices { addUnloadRoots(of: module, "") }
    }

    /// What the loader calls in a library that it maps: constructors and resolvers.
    mutating func addLoadRoots(of module: Int, _ suffix: String) {
        let file = program.modules[module].file
        let constructors = file.constructors
        if let function = constructors.function {
            add(.address(function, module: module, link: .call), label: Self.constructors + suffix)
        }
        for array in constructors.arrays {
            add(.array(array, module: module), label: Self.constructors + suffix)
        }
        for relocation in file.contents.relocations where relocation.kind == .indirect {
            add(.resolver(relocation.addend, module: module), label: "resolvers" + suffix)
        }
    }

    /// What the loader calls in a library when the program exits or closes it.
    mutating func addUnloadRoots(of module: Int, _ suffix: String) {
        let destructors = program.modules[module].file.destructors
        if let function = destructors.function {
            add(.address(function, module: module, link: .call), label: "destructors" + suffix)
        }
        for array in destructors.arrays {
            add(.array(array, module: module), label: "destructors" + suffix)
        }
    }

    /// Constructors and destructors of all modules from an index on.
    mutating func addLoadingRoots(from first: Int, label: String) {
        for module in first..<program.modules.count {
            addLoadRoots(of: module, " of " + label)
            addUnloadRoots(of: module, " of " + label)
        }
    }

    /// The first argument of `__libc_start_main`, which the entry code of every C program calls.
    private var mainFunction: UInt64? {
        let module = program.modules[0]
        guard let index = module.summary.function(containing: module.file.contents.entry) else {
            return nil
        }
        let function = module.summary.functions[index]
        let flow = ValueFlow(
            module.file, range: function.start..<function.end, summary: module.summary)
        for reference in module.summary.references[function.references] {
            guard reference.kind == .call || reference.kind == .callThroughSlot,
                let main = flow.state(before: reference.address)?
                    .argument(.register(0), isCall: true).single,
                module.file.isCode(main)
            else { continue }
            return main
        }
        return nil
    }

    // MARK: Names that are looked up while the program runs

    /// Follows everything that is live, including functions that live code looks up by a constant
    /// name, until nothing new is.
    mutating func settle() {
        var before = -1
        while order.count != before {
            before = order.count
            run()
            lookUpNames()
            meetConditions()
        }
    }

    private mutating func lookUpNames() {
        guard lookUps.begin(modules: program.modules.count) else { return }
        let scope = program.modules[0].scope
        if let loader = program.loader {
            // The loader finds start-up and allocation functions of the C library by name.
            lookUp(Array((strings[loader] ?? [:]).keys), scope: scope, label: "loader lookup")
        }
        let users = Set(["dlsym", "dlvsym"].flatMap { edges(toExport: $0) }.map(\.caller))
        for module in Set(users.map(\.module)).sorted() {
            let names = (strings[module] ?? [:]).filter { $0.value.contains(where: users.contains) }
            lookUp(
                Array(names.keys), scope: Array(program.modules.indices), label: "name lookup")
        }
    }

    private mutating func lookUp(_ names: [String], scope: [Int], label: String) {
        let found = names.compactMap { name in
            program.lookUp(name, scope: scope).map { (name: name, definition: $0) }
        }
        for (_, definition) in found.sorted(by: { $0.name < $1.name })
        where lookUps.add(definition, label: label) {
            add(.symbol(definition), label: label)
        }
    }

    /// The calls of a function that some module exports, from outside that module.
    func edges(toExport name: String) -> [Edge] {
        var result: [Edge] = []
        for (index, module) in program.modules.enumerated() {
            var seen: Set<Int> = []
            for symbol in module.file.contents.symbols.exported[name] ?? [] {
                let value = module.file.contents.symbols.symbols[symbol].value
                guard let function = module.summary.function(containing: value),
                    seen.insert(function).inserted
                else { continue }
                result += callers(of: Node(module: index, index: function))
                    .filter { $0.caller.module != index }
            }
        }
        return result
    }
}
