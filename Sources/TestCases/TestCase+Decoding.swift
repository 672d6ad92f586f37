extension TestCase {
    /// Reads the readable form. The lines may come in another order than the canonical one, for
    /// people edit them; everything else is strict.
    package init(decoding encoded: Encoded) throws(TestCaseError) {
        try self.init(decoding: encoded.text) { digest in
            encoded.blobs.first { $0.digest == digest }?.bytes
        }
    }

    /// Reads a form that is complete in itself.
    package init(inlineText text: Bytes) throws(TestCaseError) {
        try self.init(decoding: text) { _ in nil }
    }

    /// Reads either form; the closure gives the bytes that the text refers to, nil for those it
    /// does not have.
    package init(
        decoding text: Bytes, blob: (Digest) -> Bytes?
    ) throws(TestCaseError) {
        var reader = TestCaseReader(text)
        self = try reader.read(blob: blob)
    }
}

/// Builds a test case from the lines of an encoding.
private struct TestCaseReader {
    private enum Element: String, CaseIterable {
        case argument, variable, input, file, directory, descriptor, limit, session, peer, companion
        case companionPeer = "companion-peer"
        case send, receive
        case sendRepeated = "send-repeated"
        case halfClose = "half-close"
        case close, reset, wait, then
        case sendSignal = "send-signal"
        case notify
        case signal, fault, end
    }

    private enum FileKind: String, CaseIterable {
        case regular, sparse, repeated, directory
        case symbolicLink = "symbolic-link"
        case hardLink = "hard-link"
        case fifo, socket, device
    }

    private enum DirectoryKind: String, CaseIterable {
        case scratch, deleted, unreadable, deep
    }

    private enum SourceKind: String, CaseIterable {
        case closed, null, full
        case brokenPipe = "broken-pipe"
        case terminal, file
    }

    private enum EffectKind: String, CaseIterable {
        case error
        case shortCount = "short-count"
    }

    private var scanner: EncodingScanner
    private var testCase = TestCase()
    private var hasInput = false
    private var hasDirectory = false
    /// Whether the next session is a later one.
    private var isLater = false

    init(_ text: Bytes) {
        scanner = EncodingScanner(text)
    }

    mutating func read(blob: (Digest) -> Bytes?) throws(TestCaseError) -> TestCase {
        try readHeader()
        while true {
            let word = try scanner.word(after: false)
            guard let element = Element(rawValue: word) else {
                let allowed = Element.allCases.map(\.rawValue).joined(separator: ", ")
                throw scanner.error("\"\(word)\" is not one of \(allowed)")
            }
            try read(element, blob: blob)
            try scanner.endLine()
            if element == .end { break }
        }
        guard scanner.isAtEnd else { throw scanner.error("nothing may follow the line end") }
        return testCase
    }

    private mutating func readHeader() throws(TestCaseError) {
        guard try scanner.word(after: false) == "fathom-test-case" else {
            throw scanner.error(
                "a test case begins with fathom-test-case \(TestCase.formatVersion)")
        }
        let version = try scanner.number(in: 1...UInt32.max)
        guard version == TestCase.formatVersion else {
            throw scanner.error(
                "the format is version \(version), this program reads \(TestCase.formatVersion);"
                    + " use a newer one")
        }
        try scanner.endLine()
    }

    private mutating func read(
        _ element: Element, blob: (Digest) -> Bytes?
    ) throws(TestCaseError) {
        switch element {
        case .argument: testCase.arguments.append(try scanner.bytes(blob: blob))
        case .variable:
            let name = try scanner.bytes(blob: blob)
            testCase.environment.append(.init(name: name, value: try scanner.bytes(blob: blob)))
        case .input:
            try once(&hasInput, "input")
            let kind = try scanner.name(TestCase.StandardInput.Kind.self)
            testCase.standardInput = .init(kind: kind, bytes: try scanner.bytes(blob: blob))
            if !scanner.isAtLineEnd {
                try scanner.keyword("repeated")
                testCase.standardInput.repetition = try repetition(blob: blob)
            }
        case .file: testCase.files.append(try file(blob: blob))
        case .directory:
            try once(&hasDirectory, "directory")
            testCase.workingDirectory = try directory(blob: blob)
        case .descriptor: testCase.descriptors.append(try descriptor(blob: blob))
        case .limit:
            let resource = try scanner.name(TestCase.Limit.Resource.self)
            let value = try scanner.number(in: 0...UInt64.max)
            testCase.limits.append(.init(resource: resource, value: value))
        case .session:
            let transport = try scanner.name(TestCase.Session.Transport.self)
            let address: UInt16 =
                scanner.isAtLineEnd ? 0 : try scanner.number(in: 1...UInt16.max)
            append(.init(transport: transport, address: address, steps: []))
        case .then: isLater = true
        case .peer:
            let transport = try scanner.name(TestCase.Session.Transport.self)
            let place = try place(blob: blob)
            append(.init(transport: transport, party: .peer(at: place), steps: []))
        case .companion:
            let arguments = try list(blob: blob)
            append(.init(party: .companion(arguments: arguments), steps: []))
        case .companionPeer:
            let arguments = try list(blob: blob)
            append(.init(party: .companionPeer(arguments: arguments), steps: []))
        case .send: try append(step: .send(try scanner.bytes(blob: blob)))
        case .sendRepeated: try append(step: .sendRepeated(try repetition(blob: blob)))
        case .receive: try append(step: .receive)
        case .halfClose: try append(step: .halfClose)
        case .close: try append(step: .close)
        case .reset: try append(step: .reset)
        case .wait: try append(step: .wait)
        case .sendSignal: try append(step: .signal(try scanner.number(in: 1...UInt8(64))))
        case .notify: try append(step: .notify(try scanner.number(in: 1...UInt8(64))))
        case .signal:
            let signal = try scanner.number(in: 1...UInt8(64))
            try scanner.keyword("at")
            let position = try scanner.number(in: 0...UInt32.max)
            testCase.signals.append(.init(signal: signal, atSyscall: position))
        case .fault: testCase.faults.append(try fault())
        case .end:
            guard !isLater else { throw scanner.error("a session must follow the line then") }
        }
    }

    private mutating func append(_ session: TestCase.Session) {
        var session = session
        session.isLater = isLater
        isLater = false
        testCase.sessions.append(session)
    }

    /// Where a peer is: nothing, a port, or bytes.
    private mutating func place(blob: (Digest) -> Bytes?) throws(TestCaseError) -> Bytes {
        if scanner.isAtLineEnd { return [] }
        guard !scanner.isBeforeBytes else { return try scanner.bytes(blob: blob) }
        return Bytes("\(try scanner.number(in: 1...UInt16.max))".utf8)
    }

    private mutating func list(blob: (Digest) -> Bytes?) throws(TestCaseError) -> [Bytes] {
        var list: [Bytes] = []
        while !scanner.isAtLineEnd { list.append(try scanner.bytes(blob: blob)) }
        return list
    }

    private func once(_ isSeen: inout Bool, _ element: String) throws(TestCaseError) {
        guard !isSeen else { throw scanner.error("a test case has one line \(element), not two") }
        isSeen = true
    }

    private mutating func append(step: TestCase.Session.Step) throws(TestCaseError) {
        guard let last = testCase.sessions.indices.last else {
            throw scanner.error("a step must come after the line session it belongs to, or peer")
        }
        testCase.sessions[last].steps.append(step)
    }

    private mutating func path(blob: (Digest) -> Bytes?) throws(TestCaseError) -> Bytes {
        let path = try scanner.bytes(blob: blob)
        guard TestCase.File.isPath(path) else {
            throw scanner.error(
                "\(QuotedBytes.quoted(Bytes(path.prefix(64)))) is no relative path without . and .."
            )
        }
        return path
    }

    private mutating func file(blob: (Digest) -> Bytes?) throws(TestCaseError) -> TestCase.File {
        let path = try path(blob: blob)
        let mode = try scanner.number(in: 0...UInt16(0o7777), radix: 8)
        let kind: TestCase.File.Kind
        switch try scanner.name(FileKind.self) {
        case .regular: kind = .regular(try scanner.bytes(blob: blob))
        case .sparse:
            let hole = try scanner.number(in: 0...UInt64.max)
            kind = .sparse(hole: hole, try scanner.bytes(blob: blob))
        case .repeated: kind = .repeated(try repetition(blob: blob))
        case .directory: kind = .directory
        case .symbolicLink: kind = .symbolicLink(target: try scanner.bytes(blob: blob))
        case .hardLink: kind = .hardLink(target: try self.path(blob: blob))
        case .fifo: kind = .fifo
        case .socket: kind = .socket
        case .device: kind = .device
        }
        return TestCase.File(path: path, kind: kind, mode: mode)
    }

    private mutating func repetition(
        blob: (Digest) -> Bytes?
    ) throws(TestCaseError) -> TestCase.Repetition {
        let count = try scanner.number(in: 0...UInt32.max)
        var position: UInt16?
        if !scanner.isBeforeBytes {
            try scanner.keyword("number-at")
            position = try scanner.number(in: 0...UInt16.max)
        }
        let repetition = TestCase.Repetition(
            try scanner.bytes(blob: blob), count: count, numberPosition: position)
        guard repetition.isAllowed else {
            throw scanner.error(
                "what is repeated makes more than \(TestCase.Repetition.longest) bytes, or its "
                    + "number stands behind its end")
        }
        return repetition
    }

    private mutating func directory(
        blob: (Digest) -> Bytes?
    ) throws(TestCaseError) -> TestCase.WorkingDirectory {
        switch try scanner.name(DirectoryKind.self) {
        case .scratch: .scratch(path: try path(blob: blob))
        case .deleted: .deleted
        case .unreadable: .unreadable
        case .deep: .deep(levels: try scanner.number(in: 0...UInt16.max))
        }
    }

    private mutating func descriptor(
        blob: (Digest) -> Bytes?
    ) throws(TestCaseError) -> TestCase.Descriptor {
        let number = try scanner.number(in: 0...UInt16.max)
        let source: TestCase.Descriptor.Source =
            switch try scanner.name(SourceKind.self) {
            case .closed: .closed
            case .null: .null
            case .full: .full
            case .brokenPipe: .brokenPipe
            case .terminal: .terminal
            case .file: .file(path: try path(blob: blob))
            }
        return TestCase.Descriptor(number: number, source: source)
    }

    private mutating func fault() throws(TestCaseError) -> TestCase.Fault {
        let syscall = try scanner.number(in: 0...UInt32.max)
        try scanner.keyword("occurrence")
        let occurrence = try scanner.number(in: 1...UInt32.max)
        let effect: TestCase.Fault.Effect =
            switch try scanner.name(EffectKind.self) {
            case .error: .error(try scanner.number(in: 1...UInt16(4_095)))
            case .shortCount: .shortCount(try scanner.number(in: 0...UInt32.max))
            }
        return TestCase.Fault(syscall: syscall, occurrence: occurrence, effect: effect)
    }
}
