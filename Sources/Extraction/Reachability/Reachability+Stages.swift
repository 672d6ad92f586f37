internal import Syscalls

/// The program's life in stages, each from its own roots.
extension Reachability {
    typealias Stage = StaticSet.Stage

    /// What is live in each stage that has roots, from these alone.
    func stages() -> [(stage: Stage, live: Reachability)] {
        let mains = Set(
            order.filter { node in
                guard case .root("main") = visits[node]?.origin else { return false }
                return true
            })
        let starts = startRoutines()
        return Stage.allCases.compactMap { stage in
            let live: Reachability
            switch stage {
            case .threads, .signalHandlers:
                live = from(
                    starts[stage, default: []].sorted {
                        ($0.module, $0.index) < ($1.module, $1.index)
                    }, label: stage.rawValue)
            case .start:
                // The entry code names `main`, which is a stage of its own.
                live = from({ Self.stage(of: $0) == .start }, without: mains)
            default: live = from({ Self.stage(of: $0) == stage }, without: [])
            }
            return live.order.isEmpty ? nil : (stage, live)
        }
    }

    /// The stage that a root of a label begins.
    static func stage(of label: String) -> Stage {
        switch label {
        case "loader entry", "loader lookup", "resolvers", "pointer from before main": .load
        case constructors: .constructors
        case "program entry": .start
        case "main": .main
        case "exit", "destructors": .exit
        default: .later
        }
    }

    // MARK: Threads and signal handlers

    /// A function of the C library that takes the address of a function, and which argument it is.
    private struct Taker {
        let name: String
        let argument: AbstractValue.Parameter
        let stage: Stage
    }

    private static let takers = [
        Taker(name: "pthread_create", argument: .register(2), stage: .threads),
        Taker(name: "thrd_create", argument: .register(1), stage: .threads),
        Taker(name: "clone", argument: .register(0), stage: .threads),
        Taker(name: "signal", argument: .register(1), stage: .signalHandlers),
        Taker(name: "__sysv_signal", argument: .register(1), stage: .signalHandlers),
        Taker(name: "bsd_signal", argument: .register(1), stage: .signalHandlers),
        // The handler is the first field of what the second argument points at.
        Taker(name: "sigaction", argument: .pointee(1, 0), stage: .signalHandlers),
    ]

    private struct Request: Hashable {
        let function: Node
        let argument: AbstractValue.Parameter
        let stage: Stage
    }

    /// The functions that live code hands over as the start of a thread or as the handler of a
    /// signal, where the address is constant; also through functions that pass it on.
    private func startRoutines() -> [Stage: Set<Node>] {
        var result: [Stage: Set<Node>] = [:]
        var pending: [Request] = []
        for taker in Self.takers {
            for function in program.exported([taker.name]) {
                pending.append(
                    Request(function: function, argument: taker.argument, stage: taker.stage))
            }
        }
        var seen = Set(pending)
        while let request = pending.popLast() {
            for edge in callers(of: request.function) {
                let module = program.modules[edge.caller.module]
                let function = module.summary.functions[edge.caller.index]
                let value = value(of: request.argument, at: edge)
                switch value {
                case .constant, .oneOf:
                    note(value.numbers ?? [], in: edge.caller.module, as: request.stage, &result)
                case .parameter(let parameter):
                    let next = Request(
                        function: edge.caller, argument: parameter, stage: request.stage)
                    if seen.insert(next).inserted { pending.append(next) }
                default:
                    // A structure that was filled in elsewhere: whatever the caller names.
                    guard case .pointee = request.argument else { continue }
                    let references = module.summary.references[function.references]
                    note(
                        references.filter { $0.kind == .address }.map(\.target),
                        in: edge.caller.module, as: request.stage, &result)
                }
            }
        }
        return result
    }

    private func note(
        _ addresses: [UInt64], in module: Int, as stage: Stage,
        _ result: inout [Stage: Set<Node>]
    ) {
        let summary = program.modules[module].summary
        for address in addresses where program.modules[module].file.isCode(address) {
            guard let index = summary.function(containing: address) else { continue }
            let node = Node(module: module, index: index)
            if isLive(node) { result[stage, default: []].insert(node) }
        }
    }
}
