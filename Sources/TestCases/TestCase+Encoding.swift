extension TestCase {
    /// A test case as people read it: text, and beside it the byte strings that are too long to
    /// stand in a line.
    package struct Encoded: Hashable, Sendable {
        /// ASCII, a line for each element, ended by a line `end`.
        package var text: Bytes
        /// What the text refers to by `@SHA256 SIZE`, in order of first use, each once.
        package var blobs: [Blob]

        package init(text: Bytes, blobs: [Blob]) {
            self.text = text
            self.blobs = blobs
        }
    }

    /// A byte string that is called by its hash.
    package struct Blob: Hashable, Sendable {
        package let digest: Digest
        package let bytes: Bytes

        package init(_ bytes: Bytes) {
            digest = SHA256.digest(of: bytes)
            self.bytes = bytes
        }
    }

    /// Longer byte strings are blobs in the readable form.
    package static let longestQuotedBytes = 1_024

    /// The version that the first line of an encoding gives.
    static let formatVersion = 1

    /// The canonical encoding: equal test cases have equal ones, different ones different.
    package func encoded() -> Encoded {
        var writer = TestCaseWriter(longestQuotedBytes: Self.longestQuotedBytes)
        writer.write(self)
        return Encoded(text: writer.text, blobs: writer.blobs)
    }

    /// The same lines with all bytes in them, however long: complete in itself, for a socket or a
    /// database.
    package func inlineText() -> Bytes {
        var writer = TestCaseWriter(longestQuotedBytes: .max)
        writer.write(self)
        return writer.text
    }

    /// The first 16 bytes of the SHA-256 hash of the canonical text, as 32 hexadecimal digits.
    /// Blobs are in that text by their own hashes.
    package var id: String { encoded().id }
}

extension TestCase.Encoded {
    /// The id of the test case, where the text is canonical.
    package var id: String { SHA256.digest(of: text).prefix(bytes: 16) }
}

/// Writes the lines of an encoding. What is default is not written.
private struct TestCaseWriter {
    private(set) var text: Bytes = []
    private(set) var blobs: [TestCase.Blob] = []
    private let longestQuotedBytes: Int

    init(longestQuotedBytes: Int) {
        self.longestQuotedBytes = longestQuotedBytes
    }

    mutating func write(_ testCase: TestCase) {
        line("fathom-test-case", "\(TestCase.formatVersion)")
        for argument in testCase.arguments { line("argument", bytes: argument) }
        for variable in testCase.environment {
            line("variable", bytes: variable.name, variable.value)
        }
        if testCase.standardInput != TestCase.StandardInput() {
            word("input")
            word(testCase.standardInput.kind.rawValue, after: " ")
            append(bytes: testCase.standardInput.bytes)
            if let repetition = testCase.standardInput.repetition {
                word("repeated", after: " ")
                append(repetition)
            }
            text.append(UInt8(ascii: "\n"))
        }
        for file in testCase.files { write(file) }
        write(testCase.workingDirectory)
        for descriptor in testCase.descriptors { write(descriptor) }
        for limit in testCase.limits { line("limit", limit.resource.rawValue, "\(limit.value)") }
        for session in testCase.sessions { write(session) }
        for signal in testCase.signals {
            line("signal", "\(signal.signal)", "at", "\(signal.atSyscall)")
        }
        for fault in testCase.faults { write(fault) }
        line("end")
    }

    private mutating func write(_ file: TestCase.File) {
        word("file")
        append(bytes: file.path)
        word(String(file.mode, radix: 8), after: " ")
        switch file.kind {
        case .regular(let bytes): line(after: " ", "regular", bytes: bytes)
        case .sparse(let hole, let bytes): line(after: " ", "sparse", "\(hole)", bytes: bytes)
        case .repeated(let repetition):
            word("repeated", after: " ")
            append(repetition)
            text.append(UInt8(ascii: "\n"))
        case .directory: line(after: " ", "directory")
        case .symbolicLink(let target): line(after: " ", "symbolic-link", bytes: target)
        case .hardLink(let target): line(after: " ", "hard-link", bytes: target)
        case .fifo: line(after: " ", "fifo")
        case .socket: line(after: " ", "socket")
        case .device: line(after: " ", "device")
        }
    }

    private mutating func write(_ directory: TestCase.WorkingDirectory) {
        switch directory {
        case .scratch(let path):
            if !path.isEmpty { line("directory", "scratch", bytes: path) }
        case .deleted: line("directory", "deleted")
        case .unreadable: line("directory", "unreadable")
        case .deep(let levels): line("directory", "deep", "\(levels)")
        }
    }

    private mutating func write(_ descriptor: TestCase.Descriptor) {
        let number = "\(descriptor.number)"
        switch descriptor.source {
        case .closed: line("descriptor", number, "closed")
        case .null: line("descriptor", number, "null")
        case .full: line("descriptor", number, "full")
        case .brokenPipe: line("descriptor", number, "broken-pipe")
        case .terminal: line("descriptor", number, "terminal")
        case .file(let path): line("descriptor", number, "file", bytes: path)
        }
    }

    private mutating func write(_ session: TestCase.Session) {
        if session.isLater { line("then") }
        switch session.party {
        case .client(0): line("session", session.transport.rawValue)
        case .client(let address): line("session", session.transport.rawValue, "\(address)")
        case .peer(let place): write(peer: session.transport, at: place)
        case .companion(let arguments): write("companion", arguments)
        case .companionPeer(let arguments): write("companion-peer", arguments)
        }
        for step in session.steps {
            switch step {
            case .send(let bytes): line("send", bytes: bytes)
            case .sendRepeated(let repetition):
                word("send-repeated")
                append(repetition)
                text.append(UInt8(ascii: "\n"))
            case .receive: line("receive")
            case .halfClose: line("half-close")
            case .close: line("close")
            case .reset: line("reset")
            case .wait: line("wait")
            case .signal(let number): line("send-signal", "\(number)")
            case .notify(let number): line("notify", "\(number)")
            }
        }
    }

    /// `COUNT PIECE`, or `COUNT number-at POSITION PIECE`.
    private mutating func append(_ repetition: TestCase.Repetition) {
        word("\(repetition.count)", after: " ")
        if let position = repetition.numberPosition {
            word("number-at", after: " ")
            word("\(position)", after: " ")
        }
        append(bytes: repetition.piece)
    }

    private mutating func write(peer transport: TestCase.Session.Transport, at place: Bytes) {
        if place.isEmpty {
            line("peer", transport.rawValue)
        } else if let port = TestCase.Session.port(place) {
            line("peer", transport.rawValue, "\(port)")
        } else {
            line("peer", transport.rawValue, bytes: place)
        }
    }

    private mutating func write(_ name: String, _ arguments: [Bytes]) {
        word(name)
        for argument in arguments { append(bytes: argument) }
        text.append(UInt8(ascii: "\n"))
    }

    private mutating func write(_ fault: TestCase.Fault) {
        let (name, value) =
            switch fault.effect {
            case .error(let number): ("error", "\(number)")
            case .shortCount(let count): ("short-count", "\(count)")
            }
        line("fault", "\(fault.syscall)", "occurrence", "\(fault.occurrence)", name, value)
    }

    /// Words, then byte strings, then the line's end.
    private mutating func line(after space: String = "", _ words: String..., bytes: Bytes...) {
        word(words.joined(separator: " "), after: space)
        for bytes in bytes { append(bytes: bytes) }
        text.append(UInt8(ascii: "\n"))
    }

    private mutating func word(_ word: String, after space: String = "") {
        text.append(contentsOf: space.utf8)
        text.append(contentsOf: word.utf8)
    }

    private mutating func append(bytes: Bytes) {
        text.append(UInt8(ascii: " "))
        guard bytes.count > longestQuotedBytes else {
            QuotedBytes.append(bytes, to: &text)
            return
        }
        let blob = TestCase.Blob(bytes)
        if !blobs.contains(where: { $0.digest == blob.digest }) { blobs.append(blob) }
        word("@\(blob.digest) \(bytes.count)")
    }
}

extension TestCase.Session {
    /// The port where a peer's place is one and nothing else, without leading zeros.
    package static func port(_ place: Bytes) -> UInt16? {
        guard place.first != UInt8(ascii: "0"), place.count <= 5,
            place.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return UInt16(String(decoding: place, as: UTF8.self))
    }
}
