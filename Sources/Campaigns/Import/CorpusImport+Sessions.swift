internal import Mutation
internal import Platform
internal import TestCases

/// Sessions that others have recorded.
extension CorpusImport {
    /// Larger captures are read up to here.
    private static let captureLimit = 256 << 20

    /// Whether the file is a network capture.
    static func isCapture(_ path: String) -> Bool {
        guard let head = try? SmallFile.read(path, limit: 4) else { return false }
        return CaptureFile.isCapture(head)
    }

    /// One test case for each connection of a capture.
    mutating func addCapture(_ path: String) throws -> ImportTally {
        try checkTalks(path)
        guard let bytes = try? SmallFile.read(path, limit: Self.captureLimit),
            let capture = CaptureFile(bytes)
        else { throw WorkerFailure("cannot import \(path): it cannot be read") }
        var captured = CapturedConversations()
        for packet in capture.packets { captured.add(packet) }
        var tally = ImportTally(source: path, kind: "a network capture")
        for conversation in captured.conversations { try take(conversation, into: &tally) }
        tally.skip("packets that are no TCP or UDP, or a fragment", captured.others)
        if captured.isCut { tally.skip("what is beyond 64 MiB or 10,000 connections") }
        if let damage = capture.damage { tally.skip("the rest of the file: \(damage)") }
        return tally
    }

    /// Takes in what a proxy has recorded.
    package mutating func add(
        _ conversations: [RecordedConversation], from source: String
    ) throws -> ImportTally {
        try checkTalks(source)
        var tally = ImportTally(source: source, kind: "a record of sessions")
        for conversation in conversations { try take(conversation, into: &tally) }
        try flush(&tally)
        return tally
    }

    /// Whether sessions are of use for the target, which throws where they are not.
    package func checkTalks(_ source: String) throws {
        guard isServer || isClient else {
            throw WorkerFailure(
                "cannot import \(source): it holds sessions, and this target is neither a server nor "
                    + "a client; a harness with a field server or client makes it one")
        }
    }

    private mutating func take(
        _ conversation: RecordedConversation, into tally: inout ImportTally
    ) throws {
        let recorded = isServer ? conversation.clientSession : conversation.peerSession
        guard var session = recorded else {
            tally.skip(
                "connections on which no \(isServer ? "client" : "server") says anything")
            return
        }
        if session.steps.count > InputLimits.steps {
            tally.skip("the end of a connection with more than \(InputLimits.steps) messages")
            session.steps.removeSubrange(InputLimits.steps...)
        }
        var testCase = base
        testCase.sessions = [session]
        try take(testCase, into: &tally)
    }
}
