import Contact
import Reporting
import Testing
import TraceBuilding
import Traces

@Suite("First contact in words")
struct FirstContactViewTests {
    private func text(
        _ end: Trace.End, output: String = "", _ build: (inout TraceBuilder) -> Void = { _ in }
    ) -> String {
        var builder = TraceBuilder()
        builder.enter()
        build(&builder)
        builder.end(end)
        let contact = FirstContact(
            builder.trace, output: Array(output.utf8), errors: [], FirstContact.Surroundings())
        return FirstContactView(contact).text(width: 200)
    }

    @Test("what a program says is shown where it ends badly, wherever it says that")
    func output() {
        #expect(text(.exited(status: 1), output: "Error: no\n").contains("  | Error: no"))
        #expect(!text(.exited(status: 0), output: "all is well\n").contains("all is well"))
    }

    @Test(
        "a bound that ended it is said in words",
        arguments: [
            (Trace.Reason.tooManyProcesses, "had more processes than it may"),
            (.tooManyEvents, "made more system calls than it may"),
            (.memory, "took more memory than it may"),
        ])
    func bounds(reason: Trace.Reason, words: String) {
        #expect(text(.stopped(reason)).contains("it \(words) after"))
    }

    @Test("the end in the background is named as that")
    func background() {
        let text = text(.exited(status: 0)) { builder in
            let worker = builder.fork()
            builder.call("exit_group", [0], result: nil)
            builder.call("exit_group", [3], result: nil, thread: worker)
            builder.exit(.exited(status: 3), thread: worker)
        }
        #expect(text.contains("it went on in the background and exited with status 3 after"))
    }

    @Test("that there was no room is told with the call")
    func room() {
        let text = text(.exited(status: 1)) {
            $0.call("write", [1, 0x1000, 4096], result: -28)
        }
        #expect(text.contains("had no room to: write: ENOSPC"))
    }
}
