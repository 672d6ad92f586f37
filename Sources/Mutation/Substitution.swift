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
        // A file's beginning is compared with magic numbers of any length.
        let isStart = bytes.starts(with: former)
        guard isStart || former.count >= Self.shortestPart, !contains(bytes, new) else {
            return []
        }
        return places(of: former, in: bytes).map { place in
            var changed = bytes
            changed.replaceSubrange(place..<(place + former.count), with: new)
            return changed
        }
    }

    private func contains(_ bytes: Bytes, _ part: Bytes) -> Bool {
        !places(of: part, in: bytes).isEmpty
    }

    private func places(of part: Bytes, in bytes: Bytes) -> [Int] {
        var found: [Int] = []
        guard let first = part.first, bytes.count >= part.count else { return found }
        var index = 0
        while index + part.count <= bytes.count, found.count < Self.placeLimit {
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
