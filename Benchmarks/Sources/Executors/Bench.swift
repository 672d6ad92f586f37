import CAllocations
import Extraction
import Foundation
import Glibc
import Platform
import Syscalls
import TestCases
import Traces
import Tracing

/// One command with a fixed input, executed in several ways.
struct Bench: ~Copyable {
    let program: String
    let arguments: [String]
    let budget: Duration
    let output: Int32
    let environment = [TestCase.Variable(name: Array("LC_ALL".utf8), value: Array("C".utf8))]
    var session = TraceSession()
    private var windows: [String: [CallWindow]] = [:]

    /// Starts stop at each call, write their calls down, or stop at entries alone; copies write
    /// their calls down, stop at each, or are stopped at what is not known.
    enum Way: String, CaseIterable {
        case untraced, strace, exec, writing, entries, forkServer = "fork server", stopped, armed
    }

    init(program: String, arguments: [String], budget: Duration) throws {
        self.program = program
        self.arguments = arguments
        self.budget = budget
        output = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    }

    /// Executions, processor seconds, stops and allocations of one batch.
    struct Batch {
        var executions = 0
        var seconds = 0.0
        var stops = 0
        var allocations: UInt64 = 0

        var rate: Double { Double(executions) / seconds }
    }

    /// Of one way: executions in a second of processor time, and what one execution has.
    struct Rates {
        let way: Way
        let median: Double
        let lowest: Double
        let highest: Double
        let stops: Int
        let allocations: Double
    }

    struct Result {
        var command: [String]
        var rates: [Rates] = []

        var json: String {
            let untraced = rates.first { $0.way == .untraced }?.median ?? 1
            let rows = rates.map { row in
                let values = [
                    "\"way\":\"\(row.way.rawValue)\"",
                    "\"perCoreSecond\":\(Int(row.median))",
                    "\"lowest\":\(Int(row.lowest))", "\"highest\":\(Int(row.highest))",
                    "\"toUntraced\":\(String(format: "%.2f", row.median / untraced))",
                    "\"calls\":\(row.stops)",
                    "\"allocations\":\(String(format: "%.1f", row.allocations))",
                ]
                return "{\(values.joined(separator: ","))}"
            }
            let words = command.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"command\":[\(words)],\"rates\":[\n  \(rows.joined(separator: ",\n  "))]}"
        }
    }

    consuming func measure(_ ways: [Way], rounds: Int) throws -> Result {
        var bench = self
        return try bench.run(ways, rounds: rounds)
    }

    private mutating func run(_ ways: [Way], rounds: Int) throws -> Result {
        var launch = Launch(
            path: program, arguments: arguments.map { Array($0.utf8) }, environment: environment,
            descriptors: [
                Launch.Descriptor(number: 0, source: 0),
                Launch.Descriptor(number: 1, source: output),
                Launch.Descriptor(number: 2, source: output),
            ])
        launch.hasFixedAddresses = true
        // Numbers that are not those of the target.
        launch.descriptors = try launch.descriptors.map {
            let moved = fcntl($0.source, F_DUPFD_CLOEXEC, 600)
            guard moved >= 0 else { throw SystemError.last("copy a descriptor") }
            return Launch.Descriptor(number: $0.number, source: moved)
        }
        var server = try ForkServer.start(
            launch, in: &session, options: TraceOptions(), inputFolders: ["/tmp"], records: true)
        guard server.record() else { throw Failure.notCopied }
        // What one copy shows, the next ones write down.
        for _ in 0..<2 {
            rewind()
            _ = try session.run(copyOf: server, as: launch, options: TraceOptions())
            let sites = session.stoppedCalls.compactMap { server.site(at: $0) }
            for (file, sites) in Dictionary(grouping: sites, by: \.module) {
                let offsets = Set(sites.map(\.offset))
                server.divert(
                    (try? CallWindows.read(file, ofCallsAt: offsets)) ?? [], in: file)
            }
        }
        try learnWindows(launch)
        let stopped = try ForkServer.start(
            launch, in: &session, options: TraceOptions(), inputFolders: ["/tmp"])
        rewind()
        let first = try session.run(copyOf: stopped, as: launch, options: TraceOptions())
        let known = Self.permissions(of: first ?? Trace())
        let armed = try ForkServer.start(
            launch, in: &session, options: TraceOptions(), inputFolders: ["/tmp"])
        try armed.arm(SyscallFilter(allowing: known))
        var batches: [Way: [Batch]] = [:]
        for _ in 0..<rounds {
            for way in ways {
                let templates = [server.process, stopped.process, armed.process]
                let batch = try Self.measure(for: budget, templates: templates) {
                    () throws -> Int in
                    try execute(way, launch, server, stopped, armed)
                }
                batches[way, default: []].append(batch)
            }
        }
        var result = Result(command: arguments)
        for way in ways {
            guard let measured = batches[way], let last = measured.last else { continue }
            let rates = measured.map(\.rate).sorted()
            result.rates.append(
                Rates(
                    way: way, median: rates[rates.count / 2], lowest: rates[0],
                    highest: rates[rates.count - 1], stops: last.stops / last.executions,
                    allocations: Double(last.allocations) / Double(last.executions)))
        }
        return result
    }

    /// What a start that writes its calls down stops at, the next one writes down.
    private mutating func learnWindows(_ launch: Launch) throws {
        var known: Set<CallSite> = []
        for _ in 0..<3 {
            rewind()
            _ = try session.run(launch, options: TraceOptions(), recording: windows)
            let new = session.stoppedSites.filter { known.insert($0).inserted }
            for (file, sites) in Dictionary(grouping: new, by: \.module) {
                let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
                windows[file, default: []] += found ?? []
            }
        }
    }

    /// Makes one execution; how many calls the trace has beyond those before `main`.
    private mutating func execute(
        _ way: Way, _ launch: Launch, _ server: borrowing ForkServer,
        _ stopped: borrowing ForkServer, _ armed: borrowing ForkServer
    ) throws -> Int {
        rewind()
        var options = TraceOptions()
        switch way {
        case .untraced:
            try spawn(program, arguments)
            return 0
        case .strace:
            try spawn(
                "/usr/bin/strace",
                ["strace", "-f", "-o", "/dev/null", program]
                    + arguments.dropFirst())
            return 0
        case .exec: return try session.run(launch, options: options).events.count
        case .writing:
            return try session.run(launch, options: options, recording: windows).events.count
        case .entries:
            options.watch = .entries
            var filtered = launch
            filtered.filter = SyscallFilter(allowing: [])
            return try session.run(filtered, options: options).events.count
        case .forkServer:
            guard let trace = try session.run(copyOf: server, as: launch, options: options) else {
                throw Failure.notCopied
            }
            return trace.events.count - server.prefixLength
        case .stopped:
            guard let trace = try session.run(copyOf: stopped, as: launch, options: options) else {
                throw Failure.notCopied
            }
            return trace.events.count - stopped.prefixLength
        case .armed:
            options.watch = .novelty
            guard try session.run(copyOf: armed, as: launch, options: options) != nil,
                !session.isNovel
            else { throw Failure.notCopied }
            return 0
        }
    }

    enum Failure: Error { case notCopied, spawn }

    private func rewind() { lseek(0, 0, SEEK_SET) }

    private static func permissions(of trace: Trace) -> [SyscallFilter.Permission] {
        var known: [SyscallFilter.Permission] = []
        for event in trace.events {
            let values = event.number.scalarArguments.map {
                $0.value(of: event.arguments[$0.index])
            }
            if let index = known.firstIndex(where: { $0.number == event.number }) {
                if let old = known[index].values, !old.contains(values) {
                    known[index].values?.append(values)
                }
            } else {
                known.append(
                    .init(number: event.number, values: values.isEmpty ? nil : [values]))
            }
        }
        return known
    }

    private func spawn(_ path: String, _ arguments: [String]) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var environment = unsafe [strdup("LC_ALL=C"), nil]
        defer { unsafe free(environment[0]) }
        var process: pid_t = 0
        guard unsafe posix_spawn(&process, path, &actions, nil, &pointers, &environment) == 0
        else { throw Failure.spawn }
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
    }

    // MARK: Time

    private static func measure(
        for budget: Duration, templates: [Int32], _ body: () throws -> Int
    ) rethrows -> Batch {
        var batch = Batch()
        let start = processorTime(templates)
        let clock = ContinuousClock.now
        let allocations = allocations_so_far()
        repeat {
            for _ in 0..<20 {
                batch.stops += try body()
                batch.executions += 1
            }
        } while ContinuousClock.now - clock < budget
        batch.allocations = allocations_so_far() - allocations
        batch.seconds = processorTime(templates) - start
        return batch
    }

    /// Of this process, of everything it has waited for, and of the templates.
    private static func processorTime(_ templates: [Int32]) -> Double {
        var total = 0.0
        for who in [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue] {
            var usage = rusage()
            unsafe getrusage(__rusage_who_t(who), &usage)
            for time in [usage.ru_utime, usage.ru_stime] {
                total += Double(time.tv_sec) + Double(time.tv_usec) / 1e6
            }
        }
        for process in templates {
            var clock = clockid_t()
            var time = timespec()
            if unsafe clock_getcpuclockid(process, &clock) == 0,
                unsafe clock_gettime(clock, &time) == 0
            {
                total += Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
            }
        }
        return total
    }
}
