internal import CLinux
internal import Glibc
internal import Platform
package import TestCases

/// The writable part of a sandbox: rebuilt for each execution from its test case.
package struct Scratch: ~Copyable {
    var root: SandboxRoot

    /// Where the file tree of a test case is, as the target sees it.
    package static let directory = "/tmp/scratch"
    /// Whom the tree belongs to and whom a target runs as, inside the sandbox.
    package static let owner: UInt32 = 1000
    /// Every entry's access and modification time, so that listings repeat: 2001-09-09.
    static let fixedTime: Int64 = 1_000_000_000
    /// The most entries that are removed one by one; beyond, the memory is mounted anew.
    private static let removalLimit: UInt32 = 20_000

    /// Every folder of the memory file system. What the last execution has written to its
    /// descriptors must go as well, or the next one's file tree may find the memory full.
    private static let folders =
        SandboxRoot.writablePlaces.map(\.folder) + [SandboxRoot.descriptorFolder]

    package init(_ root: consuming SandboxRoot) {
        self.root = root
    }

    /// Kills every other process of the sandbox.
    package func endProcesses() throws(SandboxError) {
        let reaped = clinux_kill_everything()
        guard reaped >= 0 else {
            throw SandboxError(
                SystemError(code: 0 - reaped, operation: "end the processes of an execution"),
                remedy: "")
        }
    }

    /// Empties every writable place.
    package mutating func clean() throws(SandboxError) {
        root.resetProcessIDs()
        root.removeLeftCommunication()
        for folder in Self.folders where !empty(folder) {
            try root.renewScratch()
            return
        }
    }

    private func empty(_ folder: String) -> Bool {
        let descriptor = unsafe clinux_open_beneath(
            root.scratch.rawValue, folder, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return clinux_empty_directory(descriptor, Self.removalLimit) >= 0
    }

    /// Makes the file tree, the working directory and the descriptors of a test case.
    ///
    /// Parts that the kernel refuses, such as a name that is too long, are left out: they are
    /// left out each time, so the test case still means one thing.
    package func prepare(_ testCase: TestCase) throws(SandboxError) -> PreparedInput {
        clinux_set_file_identity(Self.owner, Self.owner)
        defer { clinux_set_file_identity(0, 0) }
        let top = unsafe openat(root.scratch.rawValue, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard top >= 0 else { throw failure("open the scratch tree") }
        defer { close(top) }
        unsafe mkdirat(top, "scratch", 0o755)
        let tree = unsafe openat(top, "scratch", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard tree >= 0 else { throw failure("open the scratch tree") }
        let files = FileTree(directory: tree)
        defer { close(tree) }
        files.build(testCase.files)
        var input = PreparedInput(
            workingDirectory: files.enter(testCase.workingDirectory, beside: top))
        try connect(testCase, tree: files, to: &input)
        return input
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
        return unsafe Bytes(unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, unsafe pread(descriptor, buffer.baseAddress, limit, 0))
        }
    }
}
