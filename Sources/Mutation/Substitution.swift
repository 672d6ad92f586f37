package import TestCases

/// Two byte strings that a target compared, and that were not equal.
package struct Comparison: Hashable, Sendable {
    package var left: Bytes
    package var right: Bytes

    package init(_ left: Bytes, _ right: Bytes) {
        self.left = left
        self.right = right
    }
}

/// Puts what an input was compared with in its place: what passes the comparison.
///
/// Of a comparison one side has to stem from the input and the other must not be part of it, so
/// that a program that compares parts of its input with each other gives nothing to do.
package struct Substitution: Hashable, Sendable {
    /// Shorter ones stand everywhere in an input by chance.
    private static let shortestPart = 3
    /// Places of one input at which the same is replaced.
    private static let placeLimit = 2
    /// Bytes at the beginning of an input in which they are looked for. One execution of a program
    /// compares hundreds of things, and inputs may have a megabyte.
    private static let searchedBytes = 16 << 10

    /// What is replaced, and by what.
    package let former: Bytes
    package let new: Bytes

    package init(former: Bytes, new: Bytes) {
        self.former = former
        self.new = new
    }

    /// The two ways to make the sides equal.
    package static func candidates(for comparison: Comparison) -> [Substitution] {
        [
            Substitution(former: comparison.left, new: comparison.right),
            Substitution(former: comparison.right, new: comparison.left),
        ].filter { !$0.former.isEmpty && !$0.new.isEmpty }
    }

    /// Whether the test case has what is replaced; where it has not, ``applied(to:)`` is empty.
    package func concerns(_ testCase: TestCase) -> Bool {
        func isWord(_ word: Bytes) -> Bool {
            word == former || word.drop { $0 == 0x2d }.elementsEqual(former) || isPart(of: word)
        }
        return testCase.arguments.contains(where: isWord)
            || testCase.environment.contains { isWord($0.value) }
            || isPart(of: testCase.standardInput.bytes)
            || testCase.files.contains { file in
                if case .regular(let content) = file.kind { isPart(of: content) } else { false }
            }
            || testCase.sessions.contains { session in
                session.steps.contains { step in
                    if case .send(let message) = step { isPart(of: message) } else { false }
                }
            }
    }

    /// The test case with the replacement made at each place where that is possible, one place at
    /// a time; empty when the comparison was not of this input.
    package func applied(to testCase: TestCase) -> [TestCase] {
        var results: [TestCase] = []
        func keep(_ change: (inout TestCase) -> Void) {
            var changed = testCase
            change(&changed)
            InputLimits.apply(to: &changed)
            if changed != testCase { results.append(changed) }
        }
        for (index, argument) in testCase.arguments.enumerated() {
            for replaced in replacedArguments(argument) {
                keep { $0.arguments[index] = replaced }
            }
        }
        for (index, variable) in testCase.environment.enumerated() {
            for replaced in replacedArguments(variable.value) {
                keep { $0.environment[index].value = replaced }
            }
        }
        for replaced in replacedContents(testCase.standardInput.bytes) {
            keep { $0.standardInput.bytes = replaced }
        }
        for (index, file) in testCase.files.enumerated() {
            if case .regular(let content) = file.kind {
                for replaced in replacedContents(content) {
                    keep { $0.files[index].kind = .regular(replaced) }
                }
            }
        }
        for (index, session) in testCase.sessions.enumerated() {
            for (step, action) in session.steps.enumerated() {
                guard case .send(let message) = action else { continue }
                for replaced in replacedContents(message) {
                    keep { $0.sessions[index].steps[step] = .send(replaced) }
                }
            }
        }
        return results
    }

    /// A whole argument, what follows its dashes, or a part of it.
    private func replacedArguments(_ argument: Bytes) -> [Bytes] {
        if argument == former { return [new] }
        let dashes = argument.prefix { $0 == 0x2d }
        if !dashes.isEmpty, argument[dashes.count...].elementsEqual(former) {
            return [dashes + new]
        }
        guard former.count >= Self.shortestPart else { return [] }
        return replacedContents(argument)
    }

    private func replacedContents(_ bytes: Bytes) -> [Bytes] {
        guard isPart(of: bytes), places(of: new, in: bytes, limit: 1).isEmpty else { return [] }
        return places(of: former, in: bytes, limit: Self.placeLimit).map { place in
            var changed = bytes
            changed.replaceSubrange(place..<(place + former.count), with: new)
            return changed
        }
    }

    private func isPart(of bytes: Bytes) -> Bool {
        // A file's beginning is compared with magic numbers of any length.
        guard !bytes.starts(with: former) else { return true }
        return former.count >= Self.shortestPart && !places(of: former, in: bytes, limit: 1).isEmpty
    }

    private func places(of part: Bytes, in bytes: Bytes, limit: Int) -> [Int] {
        var found: [Int] = []
        guard let first = part.first else { return found }
        let end = min(bytes.count, Self.searchedBytes)
        var index = 0
        while index + part.count <= end, found.count < limit {
            guard bytes[index] == first, bytes[index..<(index + part.count)].elementsEqual(part)
            else {
                index += 1
                continue
            }
            found.append(index)
            index += part.count
        }
        return found
    }
}
