import Glibc
import Platform
import Syscalls
import TestCases
import TestSupport
import Traces
import Tracing

/// A command that a test traces, with its standard descriptors on the null device or on files.
struct TracedCommand {
    var command: [String]
    var environment: [String: String]
    var options = TraceOptions()
    /// Files behind standard input and output.
    var input = "/dev/null"
    var output = "/dev/null"
    var hasFixedAddresses = false

    /// The environment that tests trace in: what programs do must not depend on the tester's.
    static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/",
        "LC_ALL": "C", "PYTHONHASHSEED": "0", "PERL_HASH_SEED": "0",
    ]

    init(_ command: [String], environment: [String: String] = Self.environment) {
        self.command = command
        self.environment = environment
        // No test waits for ever for a target that was traced wrongly.
        options.wallTime = .seconds(60)
    }

    func run() throws -> Trace {
        let descriptors = [
            unsafe open(input, O_RDONLY | O_CLOEXEC),
            unsafe open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600),
            unsafe open("/dev/null", O_WRONLY | O_CLOEXEC),
        ]
        defer { for descriptor in descriptors { close(descriptor) } }
        var launch = Launch(
            path: try Executable.find(command[0]), arguments: command.map { Array($0.utf8) },
            environment: environment.sorted { $0.key < $1.key }.map {
                .init(name: Array($0.key.utf8), value: Array($0.value.utf8))
            },
            descriptors: descriptors.enumerated().map { .init(number: Int32($0), source: $1) })
        launch.hasFixedAddresses = hasFixedAddresses
        return try SessionThread.trace(of: launch, options: options)
    }
}

extension Trace {
    func events(of name: String) -> [Event] { events.filter { $0.number.name == name } }

    func role(of event: Event) -> Role { threads[Int(event.thread)].role }

    /// Calls that returned, by name, as `strace -c` counts those that it knows.
    var returnedCounts: [String: Int] {
        events.filter { $0.result != nil && $0.number.isNamed }.reduce(into: [:]) {
            $0[$1.number.name, default: 0] += 1
        }
    }

    /// Processes of the trace that are still there.
    var survivors: [Int32] {
        threads.filter { SmallFile.link("/proc/\($0.processID)/exe") == $0.image }.map(\.processID)
    }
}
