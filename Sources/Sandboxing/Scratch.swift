internal import CLinux
internal import Glibc
internal import Platform
package import TestCases

/// The writable part of a sandbox: made for each execution from its test case.
package struct Scratch: ~Copyable {
    var root: SandboxRoot

    /// Where the file tree of a test case is, as the target sees it.
    package static let directory = "/tmp/scratch"
    /// Every entry's access and modification time, so that listings repeat: 2001-09-09.
    static let fixedTime: Int64 = 1_000_000_000
    /// The most entries that are removed one by one; beyond, the memory is mounted anew.
    private static let removalLimit: UInt32 = 20_000

    private(set) var tree = StandingTree()
    var input = DescriptorFile("input")
    var output = DescriptorFile("output")
    var errors = DescriptorFile("errors")
    /// Whether every change of a file has a time of its own.
    let hasFineTimes: Bool

    /// Whom the tree belongs to and whom a target runs as.
    package var user: TargetUser { root.user }

    /// What it sees of the machine as it is, and not through an overlay.
    package var unsealed: [String] { root.unsealed }

    package init(_ root: consuming SandboxRoot) {
        self.root = root
        hasFineTimes = clinux_has_fine_times(self.root.scratch.rawValue) == 1
    }

    /// Kills every process of the namespace but the worker, and reaps what is its child.
    package func endProcesses() throws(SandboxError) {
        let reaped = clinux_kill_everything()
        guard reaped >= 0 else {
            throw SandboxError(
                SystemError(code: 0 - reaped, operation: "end the processes of an execution"),
                remedy: "")
        }
    }

    /// Takes back what an execution did to the writable places and in the namespace, and lets the
    /// next process have the lowest free id; none of its processes may be left. What it provably
    /// did not touch stays for ``prepare(_:)``.
    package mutating func clean() throws(SandboxError) {
        root.resetProcessIDs()
        root.removeLeftCommunication()
        let isUntouched = tree.isUntouched(in: root.scratch.rawValue, fineTimes: hasFineTimes)
        // The memory that files behind descriptors take must be free for the next file tree.
        input.clean(in: root.scratch.rawValue, fineTimes: hasFineTimes)
        output.clean(in: root.scratch.rawValue, fineTimes: hasFineTimes)
        errors.clean(in: root.scratch.rawValue, fineTimes: hasFineTimes)
        let isRenewed = try root.renewMachine(
            fineTimes: hasFineTimes, removalLimit: Self.removalLimit)
        guard !isUntouched || !isRenewed else { return }
        tree.forget()
        if !isRenewed || !SandboxRoot.writablePlaces.allSatisfy({ empty($0.folder) }) {
            input.forget()
            output.forget()
            errors.forget()
            try root.renewScratch()
        }
        _ = unsafe mkdirat(root.scratch.rawValue, SandboxRoot.lockFolder, 0o1777)
        tree.noteEmpty(in: root.scratch.rawValue, others: descriptorFiles)
    }

    private var descriptorFiles: Int {
        (input.exists ? 1 : 0) + (output.exists ? 1 : 0) + (errors.exists ? 1 : 0)
    }

    private func empty(_ folder: String) -> Bool {
        let descriptor = unsafe clinux_open_beneath(
            root.scratch.rawValue, folder, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A folder of a memory file system has a size for each entry.
        if clinux_directory_size(descriptor) == 0 { return true }
        return clinux_empty_directory(descriptor, Self.removalLimit) >= 0
    }

    /// Makes the file tree, the working directory and the descriptors of a test case, after
    /// ``clean()``.
    ///
    /// Parts that the kernel refuses, such as a name that is too long, are left out: they are
    /// left out each time, so the test case still means one thing.
    package mutating func prepare(_ testCase: TestCase) throws(SandboxError) -> PreparedInput {
        var ownership = Ownership(of: user)
        guard tree.make(testCase.files, &ownership) else {
            throw failure("open the scratch tree")
        }
        let files = FileTree(directory: tree.directory)
        let isPlain = testCase.workingDirectory == .scratch(path: [])
        if !isPlain { ownership.assume() }
        var prepared = PreparedInput(
            workingDirectory: files.enter(testCase.workingDirectory, beside: tree.top))
        try connect(testCase, tree: files, to: &prepared, &ownership)
        _ = consume ownership
        handOver(testCase)
        return prepared
    }

    private mutating func handOver(_ testCase: TestCase) {
        if case .scratch = testCase.workingDirectory {
            tree.handOver(in: root.scratch.rawValue, others: descriptorFiles)
        } else {
            tree.handOverUnrecorded()
        }
        if testCase.standardInput.isEmpty { input.handOver(from: root.scratch.rawValue) }
        output.handOver(from: root.scratch.rawValue)
        errors.handOver(from: root.scratch.rawValue)
        root.handOverMachine()
    }

    func failure(_ operation: String) -> SandboxError {
        SandboxError(
            SystemError.last(operation + " in the sandbox"),
            remedy: "the scratch memory may be full; a harness can raise scratchSize")
    }
}

/// What a launch needs of a prepared test case; owns the descriptors it names.
package struct PreparedInput: ~Copyable {
    /// Where the target starts.
    package let workingDirectory: Int32
    /// The target's descriptors and what they are here.
    package internal(set) var descriptors: [(number: Int32, source: Int32)] = []
    /// The files that catch what the target writes to descriptors 1 and 2, unless a test case
    /// makes these something else.
    package internal(set) var output: Int32 = -1
    package internal(set) var errors: Int32 = -1
    /// The other ends of terminals, to be drained while the target runs.
    package internal(set) var terminals: [Int32] = []
    /// What else has to stay open while the target runs.
    var kept: [Int32] = []

    init(workingDirectory: Int32) {
        self.workingDirectory = workingDirectory
    }

    deinit {
        close(workingDirectory)
        for descriptor in descriptors { close(descriptor.source) }
        for descriptor in terminals + kept { close(descriptor) }
    }

    /// What the target wrote to descriptor 1 or 2, at most `limit` bytes.
    package borrowing func captured(_ descriptor: Int32, limit: Int) -> Bytes {
        guard descriptor >= 0 else { return [] }
        return Bytes(beginningOf: descriptor, limit: limit)
    }
}

extension Bytes {
    /// The first bytes of a file, at most so many, in no more room than they take: much of what
    /// targets write is kept. None of one that cannot be read.
    init(beginningOf file: Int32, limit: Int) {
        let read = unsafe Bytes(unsafeUninitializedCapacity: limit) { buffer, count in
            count = Swift.max(0, unsafe pread(file, buffer.baseAddress, limit, 0))
        }
        self = read.map { $0 }
    }
}
