internal import CLinux
internal import Contact
internal import Platform
internal import Sandboxing

/// A worker as its coordinator holds it; ends with the value.
///
/// A class, because the handles of several workers stand in a list and each owns a process.
final class WorkerHandle {
    private var sandbox: Sandbox
    private var channel: MessageChannel
    /// As of the start.
    private(set) var executor = ExecutorState()
    /// What the first execution showed; nil before it was made.
    private(set) var contact: FirstContact?

    /// The hidden command that makes this program a worker.
    package static let command = "worker"

    private init(sandbox: consuming Sandbox, channel: consuming MessageChannel) {
        self.sandbox = sandbox
        self.channel = channel
    }

    /// Starts a worker and waits until its target has run once. Nil when the worker died before,
    /// or when this process is requested to end meanwhile; throws ``TimeIsOver`` at the end.
    static func start(
        _ setup: WorkerSetup, until end: ContinuousClock.Instant? = nil
    ) throws -> WorkerHandle? {
        try setup.plan.user.check()
        try setup.plan.machine.check()
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        try SystemError.check(
            unsafe clinux_socket_pair(&ours, &theirs), "make a socket pair for a worker")
        let channel = MessageChannel(owning: ours)
        let inherited = FileDescriptor(owning: theirs)
        let sandbox = try Sandbox.start(
            arguments: ["fathom", command], socket: inherited.rawValue,
            for: setup.plan,
            within: ControlGroup.Bounds(
                memory: setup.bounds.memory &+ setup.plan.scratchSize &+ Self.ownMemory,
                tasks: Self.mostTasks))
        _ = consume inherited
        let handle = WorkerHandle(sandbox: sandbox, channel: channel)
        // To one that has died nothing can be sent; that there is no answer says so as well.
        try? handle.send(.setUp(setup))
        switch try handle.receive(until: end) {
        case .ready(let executor, let contact):
            handle.executor = executor
            handle.contact = contact
            return handle
        case .failed(let sentence): throw WorkerFailure(sentence)
        default: return nil
        }
    }

    /// More than a worker and its fork servers ever need beside the target.
    private static let ownMemory: UInt64 = 256 << 20
    /// As many as the sandbox has process ids where the kernel lets it say so.
    private static let mostTasks = 1_024

    var descriptor: Int32 { channel.descriptor }

    /// Whether the worker has gone away.
    var isGone: Bool { channel.isClosed }

    func send(_ order: Order) throws {
        try channel.send(order)
    }

    func receive(waiting: Bool) throws -> Report? {
        try channel.receive(Report.self, waiting: waiting)
    }

    /// The next report, nil at the end of the stream; throws ``TimeIsOver`` where none comes in time.
    private func receive(until end: ContinuousClock.Instant?) throws -> Report? {
        guard let end else { return try receive(waiting: true) }
        while true {
            if let report = try receive(waiting: false) { return report }
            guard !isGone, !Interruption.isRequested else { return nil }
            guard ContinuousClock.now < end else { throw TimeIsOver() }
            var ready: UInt64 = 0
            _ = unsafe clinux_poll_readable([descriptor], 1, Self.interval, &ready)
        }
    }

    /// Milliseconds between two looks at the clock.
    private static let interval: Int32 = 20

    /// Executes a test case and says what it shows.
    func measure(_ testCase: String) throws -> Measurement {
        try send(.measure(testCase))
        while true {
            switch try receive(waiting: true) {
            case .measured(let measurement): return measurement
            case .failed(let sentence): throw WorkerFailure(sentence)
            case nil: throw WorkerFailure("the worker died while it executed a test case")
            default: break
            }
        }
    }

    /// Executes a test case once; nil when the worker is gone. Throws ``TimeIsOver`` at the end.
    func ask(_ testCase: String, until end: ContinuousClock.Instant? = nil) throws -> Answer? {
        try send(.ask(testCase: testCase))
        while let report = try receive(until: end) {
            if case .answered(let answer) = report { return answer }
            if case .failed(let sentence) = report { throw WorkerFailure(sentence) }
        }
        return nil
    }

    /// Executes a test case once, in the way that is named.
    func show(_ testCase: String, by way: ExecutionWay) throws -> ShownExecution {
        try send(.show(testCase: testCase, way: way))
        while true {
            switch try receive(waiting: true) {
            case .shown(let execution): return execution
            case .failed(let sentence): throw WorkerFailure(sentence)
            case nil: throw WorkerFailure("the worker died while it executed a test case")
            default: break
            }
        }
    }

    /// Executes a test case so many times.
    func execute(_ testCase: String, times: Int) throws -> [ExecutionReport] {
        try send(.execute(testCase: testCase, times: times))
        var reports: [ExecutionReport] = []
        while reports.count < times {
            switch try receive(waiting: true) {
            case .executed(let report): reports.append(report)
            case .failed(let sentence): throw WorkerFailure(sentence)
            case nil: throw WorkerFailure("the worker died while it executed a test case")
            default: break
            }
        }
        return reports
    }
}

/// A worker that could not do its work, in one sentence.
package struct WorkerFailure: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
