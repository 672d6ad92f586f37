import Extraction
import Foundation
import Glibc
import Platform
import Syscalls
import TestCases
import Traces
import Tracing

/// How many sessions a processor core plays in a second with a server that stays up, fully traced:
/// one that stops at each call, and one that writes its calls down, take turns.
///
///     sessions [--processor N] [--rounds N] [--seconds S] [--client PROGRAM] MESSAGE PROGRAM
///         [ARGUMENT…]
///
/// With a client, a session is a run of that, untraced, and the message its arguments, in which
/// {port} stands for where the server listens.
///
/// It must be tied to that processor: its time is what that was busy.
@main struct SessionBenchmark {
    static func main() throws {
        var words = Array(CommandLine.arguments.dropFirst())
        var (rounds, seconds, processor) = (5, 2.0, 0)
        var client: String?
        while words.count >= 2, words[0].hasPrefix("--") {
            switch words[0] {
            case "--rounds": rounds = Int(words[1]) ?? rounds
            case "--client": client = words[1]
            case "--processor": processor = Int(words[1]) ?? processor
            default: seconds = Double(words[1]) ?? seconds
            }
            words.removeFirst(2)
        }
        guard words.count >= 2 else {
            print(
                "usage: sessions [--processor N] [--rounds N] [--seconds S] MESSAGE PROGRAM "
                    + "[ARGUMENT…]")
            exit(2)
        }
        var bench = SessionBench(
            message: words[0], client: client, command: Array(words.dropFirst()), seconds: seconds,
            processor: processor)
        print(try bench.measure(rounds: rounds))
    }
}

/// One server and one session that is played again and again.
private struct SessionBench: ~Copyable {
    let message: String
    let client: String?
    let command: [String]
    let seconds: Double
    let processor: Int
    var session = TraceSession()
    private var windows: [String: [CallWindow]] = [:]
    private var known: Set<CallSite> = []

    init(
        message: String, client: String?, command: [String], seconds: Double, processor: Int
    ) {
        self.client = client
        self.processor = processor
        self.message = message
        self.command = command
        self.seconds = seconds
    }

    /// What one server was asked.
    private struct Batch {
        var sessions = 0
        var busy = 0.0
        /// Sessions behind which the server did not wait again as before.
        var lost = 0
        var calls = 0

        var rate: Double { busy > 0 ? Double(sessions) / busy : 0 }
    }

    mutating func measure(rounds: Int) throws -> String {
        let canRecord = try play(recording: true, for: 0.1) != nil
        var (stopped, recorded): ([Batch], [Batch]) = ([], [])
        for _ in 0..<rounds {
            if let batch = try play(recording: false, for: seconds) { stopped.append(batch) }
            guard canRecord, let batch = try play(recording: true, for: seconds) else { continue }
            recorded.append(batch)
        }
        let ways = [("stopped", stopped), ("recorded", recorded)].filter { !$0.1.isEmpty }
        let rows = ways.map { way, batches in
            let rates = batches.map(\.rate).sorted()
            let values = [
                "\"way\":\"\(way)\"", "\"perCoreSecond\":\(Int(rates[rates.count / 2]))",
                "\"lowest\":\(Int(rates[0]))", "\"highest\":\(Int(rates[rates.count - 1]))",
                "\"sessions\":\(batches.reduce(0) { $0 + $1.sessions })",
                "\"lost\":\(batches.reduce(0) { $0 + $1.lost })",
                "\"calls\":\(batches.last?.calls ?? 0)",
            ]
            return "{\(values.joined(separator: ","))}"
        }
        return "[\(rows.joined(separator: ",\n "))]"
    }

    /// Nil for a server that cannot write its calls down.
    private mutating func play(recording: Bool, for seconds: Double) throws -> Batch? {
        let environment = [
            TestCase.Variable(name: Array("PATH".utf8), value: Array("/usr/bin".utf8))
        ]
        var options = TraceOptions()
        options.server = ServerOptions(
            sessions: [],
            companion: client.map {
                Launch.inheriting(path: $0, arguments: [Bytes($0.utf8)], environment: environment)
            })
        var launch = Launch.inheriting(
            path: command[0], arguments: command.map { Bytes($0.utf8) }, environment: environment)
        launch.hasFixedAddresses = true
        guard
            try session.startServer(
                launch, options: options, recording: recording ? windows : nil)
        else { throw Failure(description: "\(command[0]) does not stay up") }
        guard !recording || session.recordsServer else {
            try session.endServer()
            return nil
        }
        let words = message.split(separator: " ").map { Bytes($0.utf8) }
        let sessions = [
            client == nil
                ? TestCase.Session(
                    transport: .tcp, steps: [.send(Bytes(message.utf8)), .receive, .close])
                : TestCase.Session(transport: .tcp, party: .companion(arguments: words), steps: [])
        ]
        var batch = Batch()
        let ready = try session.visit([])?.events.count ?? 0
        let (start, busy) = (ContinuousClock.now, try busyTime())
        repeat {
            guard let trace = try session.visit(sessions), session.hasServer else {
                batch.lost += 1
                break
            }
            if let failure = session.companionFailure { throw Failure(description: failure) }
            batch.sessions += 1
            batch.calls = trace.events.count - ready
            if recording { try learn() }
        } while ContinuousClock.now - start < .seconds(seconds)
        batch.busy = try busyTime() - busy
        try session.endServer()
        return batch
    }

    private mutating func learn() throws {
        let new = session.stoppedSites.filter { known.insert($0).inserted }
        for (file, sites) in Dictionary(grouping: new, by: \.module) {
            guard let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
            else { continue }
            windows[file, default: []] += found
        }
    }

    /// Seconds that this processor has not been idle, see proc_stat(5).
    private func busyTime() throws -> Double {
        let name = "cpu\(processor)"
        let text = try String(contentsOfFile: "/proc/stat", encoding: .utf8)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.first.map(String.init) == name else { continue }
            // user, nice and system, interrupts; not idle time and waiting.
            let ticks = [1, 2, 3, 6, 7].compactMap { Double(fields[$0]) }.reduce(0, +)
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        throw Failure(description: "/proc/stat does not tell of \(name)")
    }
}

private struct Failure: Error, CustomStringConvertible {
    let description: String
}
