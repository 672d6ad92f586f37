package import TestCases

/// The search for a smaller test case that does the same, driven by whoever can execute.
///
///     var search = Minimisation(of: found)
///     while let candidate = search.next() {
///         if stillShows(candidate) { search.accept() }
///     }
///     keep(search.smallest)
///
/// Deterministic; makes at most ``candidateLimit`` candidates, the most telling first: without
/// whole lists, halves of them, single elements, then the same with the bytes of what is left.
package struct Minimisation: Sendable {
    /// Executions that a smaller find is worth: a fifth of a second at a thousand a second.
    package static let candidateLimit = 200
    /// For the bytes of one string, so that a long one does not use up the search.
    static let candidatesForBytes = 40

    /// The smallest test case that was accepted, at first the one given.
    package private(set) var smallest: TestCase
    /// Candidates made so far.
    package private(set) var candidates = 0
    private var candidate: TestCase?
    private var stages: [Stage]
    /// Lists that are left as they are.
    private let kept: [Reducible]
    /// What is listed when the stages are through.
    private var nextListing = Listing.innerLists

    /// - Parameter base: what the target is always started with; where the test case agrees with
    ///   it, that is not what makes the test case, and stays. Nil to shorten everything.
    package init(of testCase: TestCase, keeping base: TestCase? = nil) {
        smallest = testCase
        let configured = base.map { ConfiguredFiles(of: testCase, from: $0) }
        kept =
            base.map { base in
                Reducible.lists.filter { list in
                    list.count(in: testCase) > 0
                        && (list.isEqual(testCase, base)
                            || (list == .files && configured?.isEmpty == false))
                }
            } ?? []
        stages = Reducible.lists.filter { [kept] in !kept.contains($0) }
            .map { .removal(Removal(of: $0, in: testCase)) }
        if let configured, !configured.isEmpty { stages.append(.restoration(configured)) }
        stages.insert(.simplification(.workingDirectory), at: 0)
        stages.append(.simplification(.inputKind))
    }

    /// The next smaller test case to try; nil when there is none, or too many were made.
    package mutating func next() -> TestCase? {
        // Whatever was not accepted has been rejected by now.
        candidate = nil
        while candidates < Self.candidateLimit {
            guard let stage = stages.first else {
                guard listMore() else { return nil }
                continue
            }
            if let made = make(at: stage) {
                candidates += 1
                candidate = made
                return made
            }
        }
        return nil
    }

    /// Says that the candidate made last does the same; the search goes on from it.
    package mutating func accept() {
        guard let candidate else { return }
        smallest = candidate
        self.candidate = nil
        if case .removal(var removal) = stages.first {
            removal.accept(remaining: removal.part.count(in: smallest))
            stages[0] = .removal(removal)
        }
        if case .restoration(var files) = stages.first {
            files.accept()
            stages[0] = .restoration(files)
        }
    }

    /// The stage's next candidate; nil, and the stage gone, when it has none that differs.
    private mutating func make(at stage: Stage) -> TestCase? {
        switch stage {
        case .simplification(let simplification):
            stages.removeFirst()
            let made = simplification.apply(to: smallest)
            return made == smallest ? nil : made
        case .restoration(var files):
            guard let made = files.next(after: smallest) else {
                stages.removeFirst()
                return nil
            }
            stages[0] = .restoration(files)
            return made == smallest ? nil : made
        case .removal(var removal):
            guard let range = removal.next() else {
                stages.removeFirst()
                return nil
            }
            stages[0] = .removal(removal)
            // What was accepted since may have taken the end of this part with it.
            let left = range.clamped(to: 0..<removal.part.count(in: smallest))
            let made = removal.part.removing(left, from: smallest)
            return made == smallest ? nil : made
        }
    }

    /// What the lists keep is settled: now what is in their elements; whether there was more.
    private mutating func listMore() -> Bool {
        switch nextListing {
        case .innerLists:
            for part in Reducible.innerLists(in: smallest) {
                stages.append(.removal(Removal(of: part, in: smallest)))
            }
            nextListing = .bytes
        case .bytes:
            listBytes()
            nextListing = .nothing
        case .nothing: return false
        }
        return true
    }

    private mutating func listBytes() {
        for index in smallest.files.indices where !kept.contains(.files) {
            stages.append(.simplification(.file(index)))
        }
        for part in Reducible.bytes(in: smallest) where !kept.contains(where: part.isWithin) {
            stages.append(.removal(Removal(of: part, in: smallest)))
        }
    }
}

extension Minimisation {
    private enum Listing {
        case innerLists, bytes, nothing
    }

    private enum Stage {
        case removal(Removal)
        case simplification(Simplification)
        case restoration(ConfiguredFiles)
    }

    /// Removes all, then halves, quarters and so on of one list or byte string.
    private struct Removal {
        let part: Reducible
        private var count: Int
        private var chunk: Int
        private var start = 0
        private var remainingCandidates: Int

        init(of part: Reducible, in testCase: TestCase) {
            self.part = part
            count = part.count(in: testCase)
            chunk = count
            remainingCandidates = part.isBytes ? candidatesForBytes : candidateLimit
        }

        mutating func next() -> Range<Int>? {
            guard count > 0, remainingCandidates > 0 else { return nil }
            if start >= count {
                guard chunk > 1 else { return nil }
                chunk = min(chunk, count) / 2
                start = 0
            }
            guard chunk > 0 else { return nil }
            remainingCandidates -= 1
            let range = start..<min(start + chunk, count)
            start = range.upperBound
            return range
        }

        /// What was removed last stays away, so the next chunk begins where it began.
        mutating func accept(remaining: Int) {
            start = max(0, start - (count - remaining))
            count = remaining
        }
    }

    /// A change to something plainer.
    private enum Simplification {
        case workingDirectory, inputKind, file(Int)

        func apply(to testCase: TestCase) -> TestCase {
            var testCase = testCase
            switch self {
            case .workingDirectory: testCase.workingDirectory = .scratch(path: [])
            case .inputKind: testCase.standardInput.kind = .file
            case .file(let index):
                guard testCase.files.indices.contains(index) else { return testCase }
                let file = testCase.files[index]
                switch file.kind {
                case .directory: testCase.files[index].mode = 0o755
                case .regular: testCase.files[index].mode = 0o644
                default:
                    testCase.files[index] = TestCase.File(path: file.path, kind: .regular([]))
                }
            }
            return testCase
        }
    }
}
