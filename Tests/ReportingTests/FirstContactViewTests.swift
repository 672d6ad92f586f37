import Contact
import Reporting
import Testing
import Texts
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
        return FirstContactView(contact).text(width: 200).text
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

    @Test("what was looked for in many folders is told once")
    func places() {
        var builder = TraceBuilder()
        for folder in ["/a", "/b", "/c"] {
            builder.open(folder + "/libf.so", flags: 0, result: -2)
        }
        builder.open("/etc/one.conf", flags: 0, result: -13)
        builder.end(.exited(status: 127))
        let contact = FirstContact(
            builder.trace, output: [], errors: Array("libf.so: not found\n".utf8),
            FirstContact.Surroundings())
        let view = FirstContactView(contact)
        #expect(
            view.text(width: 200).text.contains(
                "could not read: libf.so in 3 folders (openat: ENOENT), "
                    + "/etc/one.conf (openat: EACCES)"))
        #expect(view.refusals.first?.subjects.count == 4)
    }

    @Test("that there was no room is told with the call")
    func room() {
        let text = text(.exited(status: 1)) {
            $0.call("write", [1, 0x1000, 4096], result: -28)
        }
        #expect(text.contains("had no room to: write: ENOSPC"))
    }
}
