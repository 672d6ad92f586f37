import Foundation
import Glibc
import TestSupport
import Testing

/// A command stands where `fathom` was put: it has the terminal, and requests to end; what it sends to
/// its own process group is its own affair.
@Suite("Commands in the place of fathom", .timeLimit(.minutes(10)))
struct CommandPlaceTests {
    @Test("a command that ends its process group ends itself alone", arguments: ["TERM", "KILL"])
    func ownGroup(signal: String) throws {
        let folder = try TemporaryFolder()
        let policy = folder.path + "/policy.json"
        let command = ["--", "sh", "-c", "kill -\(signal) 0; sleep 60"]
        var trace = try FathomBinary.start(["trace", "--policy", policy] + command)
        let traced = try trace.finish(within: .seconds(30))
        #expect(traced.status == 0, "\(traced.errors)")
        #expect(traced.output.contains("kill"), "\(traced.output)")
        var enforce = try FathomBinary.start(["enforce", policy] + command)
        let enforced = try enforce.finish(within: .seconds(30))
        #expect(enforced.status == 128 + (signal == "TERM" ? SIGTERM : SIGKILL))
    }

    @Test("requests to end are passed on to the command", arguments: [SIGTERM, SIGINT, SIGHUP])
    func passedOn(signal: Int32) throws {
        let script = """
            trap 'echo was asked' TERM INT HUP; echo is up >&2
            while [ -z "$end" ]; do sleep 0.05 || :; [ -e "$1" ] && end=1; done
            """
        let folder = try TemporaryFolder()
        let file = folder.path + "/end"
        var run = try FathomBinary.start(["trace", "--", "sh", "-c", script, "sh", file])
        #expect(RunningCommand.poll { run.errors.contains("is up") })
        run.send(signal)
        usleep(200_000)
        _ = try Subprocess.run(["touch", file])
        let end = try run.finish(within: .seconds(30))
        #expect(end.status == 0, "\(end.errors)")
        #expect(end.output.components(separatedBy: "was asked").count == 2, "\(end.output)")
        #expect(end.output.contains("rt_sigreturn"), "\(end.output)")
    }

    @Test("a script that ends a trace of its own by its process id ends the command")
    func script() throws {
        let folder = try TemporaryFolder()
        let script = """
            "$1" trace -- sh -c 'trap "echo was asked; exit 3" TERM; : > "$0"
                while :; do sleep 0.05; done' "$2/up" > "$2/out" &
            while [ ! -e "$2/up" ]; do sleep 0.05; done
            kill -TERM $!
            wait $!; cat "$2/out"
            """
        // They are all in one process group.
        let run = try Subprocess.run([
            "timeout", "-s", "KILL", "20", "sh", "-c", script, "sh", try FathomBinary.path(),
            folder.path,
        ])
        #expect(run.output.contains("was asked"), "\(run.output) \(run.errors)")
        #expect(run.output.contains("status 3"), "\(run.output)")
    }

    @Test(
        "a command reads from the terminal, in the foreground, in a pipeline as well",
        arguments: ["", " | cat"])
    func terminal(pipeline: String) throws {
        let fathom = try FathomBinary.path()
        let folder = try TemporaryFolder()
        let script = """
            read line; set -- $(ps -o pgid=,tpgid= -p $$); echo "got $line";
            [ $1 = $2 ] && echo in front
            """
        try script.write(toFile: folder.path + "/script", atomically: false, encoding: .utf8)
        let command =
            "\(fathom) trace -o \(folder.path)/trace -- sh \(folder.path)/script\(pipeline)"
        let run = try Subprocess.run([
            "sh", "-c",
            "(echo word; sleep 2) | timeout -s KILL 20 script -qec '\(command)' /dev/null",
        ])
        #expect(run.output.contains("got word"), "\(run.output)")
        #expect(run.output.contains("in front"), "\(run.output)")
    }
}
