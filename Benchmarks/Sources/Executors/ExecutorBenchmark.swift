import Foundation
import Glibc
import Platform
import Syscalls
import TestCases
import Traces
import Tracing

/// How many executions a processor core makes in a second, by executor: for each command, batches
/// of every executor and of an untraced start take turns; ratios are of medians to the untraced.
///
///     executors [--rounds N] [--milliseconds N] [--ways LIST] PROGRAM [ARGUMENT…] < INPUT
@main struct ExecutorBenchmark {
    static func main() throws {
        var words = Array(CommandLine.arguments.dropFirst())
        var rounds = 5
        var milliseconds = 400
        var ways = Bench.Way.allCases
        while words.count >= 2, words[0].hasPrefix("--") {
            switch words[0] {
            case "--rounds": rounds = Int(words[1]) ?? rounds
            case "--milliseconds": milliseconds = Int(words[1]) ?? milliseconds
            default: ways = Bench.Way.allCases.filter { words[1].contains($0.rawValue) }
            }
            words.removeFirst(2)
        }
        guard let program = words.first else {
            print(
                "usage: executors [--rounds N] [--milliseconds N] [--ways LIST] PROGRAM [ARGUMENT…] [< INPUT]"
            )
            exit(2)
        }
        let bench = try Bench(
            program: program, arguments: words, budget: .milliseconds(milliseconds))
        print(try bench.measure(ways, rounds: rounds).json)
    }
}
