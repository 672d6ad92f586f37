internal import Syscalls
internal import TestCases

/// Collects the shell lines before a command, and what no shell can say.
struct ScriptWriter {
    /// Bytes of a file or of input that are written out; more are remarked on.
    let longestData: Int
    private(set) var lines: [String] = []
    private(set) var remarks: [String] = []

    init(longestData: Int) {
        self.longestData = longestData
    }

    mutating func make(_ file: TestCase.File) {
        let path = ShellText.word(file.path)
        switch file.kind {
        case .regular(let bytes): write(bytes, to: path)
        case .sparse(let hole, let bytes):
            lines.append("truncate -s \(hole) \(path)")
            if !bytes.isEmpty { write(bytes, to: path, operation: ">>") }
        case .repeated(let repetition):
            lines.append("\(ShellText.printing(repetition)) > \(path)")
        case .directory: lines.append("mkdir \(path)")
        case .symbolicLink(let target): lines.append("ln -s \(ShellText.word(target)) \(path)")
        case .hardLink(let target): lines.append("ln \(ShellText.word(target)) \(path)")
        case .fifo: lines.append("mkfifo \(path)")
        case .socket: remarks.append("\(path) is a socket that nobody listens at")
        case .device: remarks.append("\(path) is the null device")
        }
    }

    mutating func setMode(_ file: TestCase.File) {
        let usual: UInt16? =
            switch file.kind {
            case .regular, .sparse, .repeated, .fifo: 0o644
            case .directory: 0o755
            case .symbolicLink, .hardLink, .socket, .device: nil
            }
        guard let usual, file.mode != usual else { return }
        let mode = String(file.mode, radix: 8)
        lines.append("chmod \(mode) \(ShellText.word(file.path))")
    }

    private mutating func write(_ bytes: Bytes, to path: String, operation: String = ">") {
        if bytes.isEmpty {
            lines.append(": \(operation) \(path)")
        } else if bytes.count > longestData {
            remarks.append("\(path) holds \(Figures.count(bytes.count)) bytes, not shown")
        } else {
            lines.append("\(ShellText.printing(bytes)) \(operation) \(path)")
        }
    }

    /// The words before and after the target's own that give it its input.
    mutating func input(
        _ input: TestCase.StandardInput
    ) -> (before: [String], after: [String]) {
        guard input.bytes.count <= longestData else {
            remarks.append("standard input is \(Figures.count(input.bytes.count)) bytes, not shown")
            return ([], [])
        }
        switch input.kind {
        case .file where input.isEmpty: return ([], ["</dev/null"])
        case .file:
            lines.append("\(ShellText.printing(input)) > /tmp/stdin")
            return ([], ["</tmp/stdin"])
        case .pipe: return ([ShellText.printing(input), "|"], [])
        case .terminal:
            remarks.append(
                "standard input is a terminal at which someone types "
                    + QuotedBytes.quoted(input.bytes))
            return ([], [])
        }
    }

    mutating func remark(on testCase: TestCase) {
        for descriptor in testCase.descriptors {
            switch descriptor.source {
            case .brokenPipe: remarks.append("descriptor \(descriptor.number) is a broken pipe")
            case .terminal: remarks.append("descriptor \(descriptor.number) is a terminal")
            case .closed, .null, .full, .file: break
            }
        }
        for (index, session) in testCase.sessions.enumerated() {
            remark(on: session, number: testCase.sessions.count > 1 ? index + 1 : nil)
        }
        for signal in testCase.signals {
            remarks.append(
                "\(SignalName.of(Int32(signal.signal))) is sent at system call "
                    + Figures.count(signal.atSyscall))
        }
        for fault in testCase.faults {
            let name = SyscallNumber(rawValue: fault.syscall).name
            let effect =
                switch fault.effect {
                case .error(let number): "fails with \(ErrorNumber(rawValue: Int32(number)).name)"
                case .shortCount(let count): "handles \(Figures.count(count, "byte")) at most"
                }
            remarks.append("\(name), occurrence \(Figures.count(fault.occurrence)), \(effect)")
        }
    }

    /// What a client or a peer does, in its own words.
    private mutating func remark(on session: TestCase.Session, number: Int?) {
        func named(_ noun: String) -> String { number.map { "\(noun) \($0)" } ?? "a \(noun)" }
        let transport = session.transport.rawValue
        let words = { (arguments: [Bytes]) in
            ShownWords(arguments, noun: "argument").words.joined(separator: " ")
        }
        let head =
            switch session.party {
            case .client(0): "\(named("client")) (\(transport))"
            case .client(let address): "\(named("client")) (\(transport), address \(address + 1))"
            case .peer([]): "\(named("peer")) (\(transport)), wherever the target connects to"
            case .peer(let place):
                "\(named("peer")) (\(transport)) at \(QuotedBytes.quoted(place))"
            case .companion(let arguments):
                "\(named("companion")) as a client, with the arguments \(words(arguments))"
            case .companionPeer(let arguments):
                "\(named("companion")), with a connection of the target's as its input and output "
                    + "and the arguments \(words(arguments))"
            }
        let order = session.isLater ? "then, when all that is over, " : ""
        remarks.append(order + head + (session.steps.isEmpty ? "" : ":"))
        for step in session.steps {
            let text =
                switch step {
                case .send(let bytes) where bytes.count > longestData:
                    "sends \(Figures.count(bytes.count, "byte")), not shown"
                case .send(let bytes): "sends " + QuotedBytes.quoted(bytes)
                case .sendRepeated(let repetition):
                    "sends " + Figures.count(repetition.count, "time") + " "
                        + QuotedBytes.quoted(Bytes(repetition.piece.prefix(longestData)))
                        + (repetition.numberPosition == nil ? "" : ", with its number in it")
                case .receive: "reads"
                case .halfClose: "sends nothing more"
                case .close: "closes"
                case .reset: "resets the connection"
                case .wait: "waits"
                case .signal(let number):
                    "\(SignalName.of(Int32(number))) is sent to the target"
                case .notify(let number):
                    "\(SignalName.of(Int32(number))) is sent to the target if it takes that"
                }
            remarks.append("  " + text)
        }
    }
}
