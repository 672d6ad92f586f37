import TestCases

/// How large a mutated test case may get. What a mutator adds beyond is cut.
package enum InputLimits {
    /// More than any option parser treats differently, and short enough to be read.
    package static let arguments = 64
    /// `MAX_ARG_STRLEN` of the kernel, less the byte that ends the string.
    package static let argumentBytes = 131_071
    /// More than a session has, few enough to be read.
    package static let variables = 128
    /// All arguments and variables; half of what an 8 MiB stack lets `execve` take.
    package static let commandBytes = 1 << 20
    /// A tree is made anew for each execution, and each entry costs a few system calls.
    package static let files = 384
    /// Past every buffer size and `mmap` threshold of C libraries, cheap to write.
    package static let fileBytes = 1 << 20
    /// A quarter of a sandbox's scratch space that is worth having.
    package static let treeBytes = 4 << 20
    /// As for a file: programs read it into the same buffers.
    package static let inputBytes = 1 << 20
    /// Past 4 GiB, where 32-bit offsets end. A hole takes no space.
    package static let holeBytes: UInt64 = (1 << 32) + 1
    /// 12 KiB of path, three times `PATH_MAX`.
    package static let directoryLevels: UInt16 = 64
    /// The standard three and a few that nobody expects.
    package static let descriptors = 8
    /// What is repeated: past the buffers of kernels and of programs that keep more in files, an
    /// eighth of what a sandbox holds.
    package static let repeatedBytes = 8 << 20
    /// Enough for one connection to see what another does.
    package static let sessions = 4
    /// As much as a server is told before it is started anew.
    package static let laterSessions = 64
    /// As many messages as arguments.
    package static let steps = 64
    /// Past the buffers of protocols, and of sockets where nobody reads.
    package static let messageBytes = 256 << 10
    /// Two that interact are rare, four never needed; each makes a find harder to explain.
    package static let signals = 4
    /// As for signals.
    package static let faults = 4

    /// Cuts whatever is too large and drops entries of the tree that cannot be made.
    static func apply(to testCase: inout TestCase) {
        applyToCommand(&testCase)
        if testCase.standardInput.bytes.count > inputBytes {
            testCase.standardInput.bytes.removeSubrange(inputBytes...)
        }
        if let repetition = testCase.standardInput.repetition {
            testCase.standardInput.repetition = limited(repetition)
        }
        FileTree.repair(&testCase.files)
        // The file may be one of those that were dropped.
        testCase.descriptors.removeAll { descriptor in
            guard case .file(let path) = descriptor.source else { return false }
            return !TestCase.File.isPath(path)
        }
        cut(&testCase.descriptors, to: descriptors)
        cut(&testCase.limits, to: TestCase.Limit.Resource.allCases.count)
        cut(&testCase.signals, to: signals)
        cut(&testCase.faults, to: faults)
        cutSessions(&testCase.sessions)
        for index in testCase.sessions.indices {
            limitRepetitions(in: &testCase.sessions[index].steps)
        }
        for index in testCase.sessions.indices where testCase.sessions[index].steps.count > steps {
            cut(&testCase.sessions[index].steps, to: steps)
        }
        if case .scratch(let path) = testCase.workingDirectory, !path.isEmpty,
            !testCase.files.contains(where: { $0.path == path && $0.kind == .directory })
        {
            testCase.workingDirectory = .scratch(path: [])
        }
    }

    /// With as many repetitions as are allowed.
    static func limited(_ repetition: TestCase.Repetition) -> TestCase.Repetition {
        var limited = repetition
        limited.numberPosition = repetition.numberPosition.map {
            min($0, UInt16(clamping: repetition.piece.count))
        }
        let longest = max(1, repetition.piece.count + (limited.numberPosition == nil ? 0 : 10))
        limited.count = min(repetition.count, UInt32(clamping: repeatedBytes / longest))
        return limited
    }

    private static func limitRepetitions(in steps: inout [TestCase.Session.Step]) {
        for index in steps.indices {
            guard case .sendRepeated(let repetition) = steps[index] else { continue }
            steps[index] = .sendRepeated(limited(repetition))
        }
    }

    private static func applyToCommand(_ testCase: inout TestCase) {
        cut(&testCase.arguments, to: arguments)
        cut(&testCase.environment, to: variables)
        var remaining = commandBytes
        for index in testCase.arguments.indices {
            let allowed = min(argumentBytes, max(remaining, 0))
            if testCase.arguments[index].count > allowed {
                testCase.arguments[index].removeSubrange(allowed...)
            }
            remaining -= testCase.arguments[index].count
        }
        for index in testCase.environment.indices {
            let name = testCase.environment[index].name.count
            let allowed = min(argumentBytes - 1, max(remaining, 0))
            if name > allowed {
                testCase.environment[index].name.removeSubrange(allowed...)
                testCase.environment[index].value = []
            } else if testCase.environment[index].value.count > allowed - name {
                testCase.environment[index].value.removeSubrange((allowed - name)...)
            }
            let variable = testCase.environment[index]
            remaining -= variable.name.count + variable.value.count
        }
    }

    /// So many take turns, and so often begin others when these are over.
    private static func cutSessions(_ all: inout [TestCase.Session]) {
        var (together, later) = (0, 0)
        all.removeAll { session in
            if session.isLater {
                later += 1
                together = 0
            }
            together += 1
            return together > sessions || later > laterSessions
        }
    }

    private static func cut<Element>(_ elements: inout [Element], to count: Int) {
        if elements.count > count { elements.removeSubrange(count...) }
    }
}
