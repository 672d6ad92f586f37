internal import Syscalls

/// Which code of a program counts under a condition only.
///
/// Found by exported names and by what functions call; in a C library that is made otherwise
/// nothing is found, and all code counts.
struct Conditions {
    typealias Node = Reachability.Node

    private struct Call: Hashable {
        let caller: Node
        let callee: Node
    }

    private var functions: [Node: Condition] = [:]
    /// Of functions that the loader finds by a name; a direct call is one in any case.
    private var namedFunctions: [Node: Condition] = [:]
    private var calls: [Call: Condition] = [:]
    /// By system call number.
    private var numbers: [Node: [UInt64: Condition]] = [:]

    /// Functions of the loader that ask whether the loader itself is the program that runs.
    private var loaderTests: [Node: UInt64] = [:]

    /// No conditions.
    init() {}

    init(_ program: Program) {
        addLoader(program)
        guard let library = program.cLibrary else { return }
        addNameServices(library, program)
        let code = LibraryCode(program, library)
        addPriorityCeilings(code)
        addSpawning(code)
        addThreads(code)
    }

    /// - Parameter edge: the direct call or jump; nil where only the address is passed on.
    func condition(entering node: Node, by edge: Reachability.Edge?) -> Condition? {
        guard let edge else { return functions[node] ?? namedFunctions[node] }
        return functions[node] ?? calls[Call(caller: edge.caller, callee: node)]
    }

    func condition(ofCall number: UInt64, in node: Node) -> Condition? { numbers[node]?[number] }

    func conditions(ofCallsWhere isWanted: (Node) -> Bool) -> [Condition] {
        numbers.filter { isWanted($0.key) }.flatMap(\.value.values)
    }

    /// An address that is never equal to what a function compares it with.
    func unequal(in node: Node) -> UInt64? { loaderTests[node] }

    /// The loader of a program compares the program's entry point with its own, to see whether it
    /// was run as a command (elf/rtld.c).
    private mutating func addLoader(_ program: Program) {
        guard let loader = program.loader, loader != 0 else { return }
        let module = program.modules[loader]
        let entry = module.file.contents.entry
        let first = module.summary.function(containing: entry)
        for (index, function) in module.summary.functions.enumerated() where index != first {
            let refers = module.summary.references[function.references].contains {
                $0.kind == .address && $0.target == entry
            }
            if refers { loaderTests[Node(module: loader, index: index)] = entry }
            let isDiagnostic = module.refers(to: "uname.", in: function)
            if isDiagnostic {
                functions[Node(module: loader, index: index)] = .text("--list-diagnostics")
            }
        }
    }

    /// The name services that are part of glibc since 2.34 stand in tables of function pointers;
    /// which of them is called is decided by a text (nss/nss_module.c).
    private mutating func addNameServices(_ library: Int, _ program: Program) {
        let module = program.modules[library]
        for (name, symbols) in module.file.contents.symbols.exported {
            let parts = name.split(separator: "_", maxSplits: 2)
            guard name.hasPrefix("_nss_"), parts.count == 3 else { continue }
            for symbol in symbols {
                let value = module.file.contents.symbols.symbols[symbol].value
                guard let index = module.summary.function(containing: value) else { continue }
                namedFunctions[Node(module: library, index: index)] = .text(String(parts[2]))
            }
        }
    }

    private mutating func addPriorityCeilings(_ code: LibraryCode) {
        let functions =
            code.callers(ofAll: ["sched_getparam", "sched_getscheduler"])
            + code.callers(ofAll: ["sched_get_priority_min", "sched_get_priority_max"])
        for node in functions where !code.isExported(node) {
            self.functions[node] = .feature(.priorityCeiling)
        }
    }

    /// The child of `posix_spawn` acts on the attributes and file actions that it was given.
    private mutating func addSpawning(_ code: LibraryCode) {
        let features: [(DormantFeature, [String])] = [
            (.spawnAttributes, ["setpgid", "sched_setparam", "sched_setscheduler", "setsid"]),
            (.spawnFolder, ["chdir", "fchdir"]), (.spawnTerminal, ["getpgid", "tcsetpgrp"]),
        ]
        for caller in code.callers(ofAll: ["setpgid", "sched_setparam", "fchdir"]) {
            for (feature, names) in features {
                for callee in names.flatMap({ code.program.exported([$0]) }) {
                    calls[Call(caller: caller, callee: callee)] = .feature(feature)
                }
            }
            condition(.spawnClosing, on: ["close_range"], in: caller)
        }
    }

    private mutating func addThreads(_ code: LibraryCode) {
        // The function that calls main, of __libc_start_main or within.
        for node in code.exported("__libc_start_main") {
            for start in [node] + code.callees(of: node) {
                condition(.mainThreadEnd, on: ["exit"], in: start)
            }
        }
        let calls = [
            "sched_getparam", "sched_getscheduler", "sched_setaffinity", "sched_setscheduler",
        ]
        for node in code.exported("pthread_create") {
            condition(.threadAttributes, on: calls, in: node)
            for callee in code.callees(of: node) where !code.isExported(callee) {
                condition(.threadAttributes, on: calls, in: callee)
            }
        }
    }

    /// Makes the system calls that a function makes of its own wait for a feature.
    private mutating func condition(
        _ feature: DormantFeature, on names: [String], in node: Node
    ) {
        for number in names.compactMap({ SyscallNumber(name: $0) }) {
            numbers[node, default: [:]][UInt64(number.rawValue)] = .feature(feature)
        }
    }
}

/// The direct calls within one library.
private struct LibraryCode {
    let program: Program
    private let library: Int
    private var module: Program.Module { program.modules[library] }

    init(_ program: Program, _ library: Int) {
        self.program = program
        self.library = library
    }

    /// The functions that call one function of every name.
    func callers(ofAll names: [String]) -> [Reachability.Node] {
        let wanted = names.map { name in Set(program.exported([name]).map(\.index)) }
        guard wanted.allSatisfy({ !$0.isEmpty }) else { return [] }
        return module.summary.functions.indices.filter { index in
            let called = Set(targets(of: index))
            return wanted.allSatisfy { !$0.isDisjoint(with: called) }
        }.map { Reachability.Node(module: library, index: $0) }
    }

    func exported(_ name: String) -> [Reachability.Node] {
        program.exported([name]).filter { $0.module == library }
    }

    func callees(of node: Reachability.Node) -> [Reachability.Node] {
        targets(of: node.index).map { Reachability.Node(module: library, index: $0) }
    }

    func isExported(_ node: Reachability.Node) -> Bool {
        let function = module.summary.functions[node.index]
        return module.file.contents.symbols.symbols.contains {
            $0.isDefined && $0.isExported && $0.value == function.start
        }
    }

    private func targets(of index: Int) -> [Int] {
        let summary = module.summary
        return summary.references[summary.functions[index].references].compactMap { reference in
            guard reference.kind == .call || reference.kind == .jump else { return nil }
            return summary.function(containing: reference.target)
        }
    }
}

extension Program.Module {
    /// Whether a function takes the address of a text.
    func refers(to text: String, in function: Summary.Function) -> Bool {
        summary.references[function.references].contains {
            $0.kind == .address && file.string(at: $0.target, limit: text.utf8.count + 1) == text
        }
    }
}

extension Program {
    /// The module that the C library's functions come from.
    var cLibrary: Int? { lookUp("__libc_start_main", scope: modules.indices)?.module }
}
