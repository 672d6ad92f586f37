package import Mutation
package import Phasing
package import Sandboxing
package import TestCases

/// The description of a target: how it is started, which inputs it takes, when a run is over.
package struct Harness: Sendable {
    package var name: String
    /// The file to execute, an absolute path.
    package var program: String
    /// The arguments that name what an interpreter runs. They come before those of every test case
    /// and are never changed.
    package var prefix: [Bytes] = []
    /// The file with the text of what is run, where there is one; absolute.
    package var script: String?
    /// The folder that the target belongs to and starts in.
    package var project: ProjectFolder?
    /// Files of the tree that the fixed arguments name, besides those of the project.
    var fixed: [TestCase.File] = []
    /// What else the target has to see of this machine: absolute paths.
    package var exposed: [String] = []
    /// What it is to see although it is hidden from targets, asked for by name: absolute paths.
    package var asked: [String] = []
    /// What every fresh test case starts from: the harness's arguments, environment, input and
    /// file tree.
    package var base: TestCase
    /// Tokens for arguments and input, besides those that are mined from the target.
    package var words: [Bytes] = []
    /// Whole lines for input.
    package var lines: [Bytes] = []
    /// Libraries that the target is known to load while it runs, by path or by name; the static
    /// set counts what they export.
    package var libraries: [String] = []
    /// Test cases to begin with, besides those of ``corpus``.
    package var seeds: [TestCase] = []
    /// Folder of seeds, absolute; nil when there is none.
    package var corpus: String?
    package var bounds = Bounds()
    /// Nil to learn the phases from what is seen.
    package var phases: PhaseModel?
    /// How the target serves others; nil for one that does not.
    package var server: Server?
    /// Where the configuration in ``base`` may be another.
    package var configuration: [Configuration] = []
    /// What the target connects to; nil for one that is not known to.
    package var client: Client?
    /// The real program at the other end of the target's connections, if there is one.
    package var companion: Companion?
    /// Whether the bounds on time are the harness's own; else they are measured.
    package var givesTimes = false
    /// Whom the target runs as.
    package var user = TargetUser.ordinary
    /// How it sees the machine's files.
    package var machine = MachineView.readOnly
    /// What it sees in the place of the machine's files.
    package var overlays: [Overlay] = []
    /// The file of the tree that `@@` in the arguments stood for: where inputs from elsewhere go.
    /// Nil when they are standard input.
    package private(set) var inputFile: Bytes?

    /// When an execution is over whatever the target does.
    package struct Bounds: Hashable, Sendable, Codable {
        package var cpuTime = Duration.seconds(1)
        package var wallTime = Duration.seconds(2)
        /// Sleeping for so long in calls that nothing will end.
        package var blockedTime = Duration.milliseconds(100)
        /// Bytes of resident memory of all processes together.
        package var memory: UInt64 = 1 << 30
        package var processes = 64
        package var events = 200_000
        /// Bytes of the scratch memory behind every writable place.
        package var scratchSize: UInt64 = 64 << 20

        package init() {}
    }

    /// A target that waits for connections or datagrams; its addresses are seen when it takes them.
    package struct Server: Hashable, Sendable, Codable {
        /// The signal that ends it in order.
        package var endSignal: UInt8 = 15
        /// What ends a line of its protocol.
        package var lineEnd = Bytes("\r\n".utf8)

        package init() {}
    }

    /// A target that connects to others; where it does so is seen when it does.
    package struct Client: Hashable, Sendable, Codable {
        /// What ends a line of what its peers say.
        package var lineEnd = Bytes("\r\n".utf8)

        package init() {}
    }

    /// A program that is started untraced in the sandbox; its arguments are in the test cases.
    package struct Companion: Hashable, Sendable, Codable {
        /// An absolute path.
        package var program: String
    }

    package init(name: String, program: String, base: TestCase) {
        self.name = name
        self.program = program
        self.base = base
        inputFile = InputPlace.resolve(in: &self.base)
    }

    /// The environment of a harness that names none: enough for ordinary programs, and nothing
    /// that makes two machines differ.
    package static let plainEnvironment: [TestCase.Variable] = [
        .init(name: Bytes("HOME".utf8), value: Bytes("/tmp/scratch".utf8)),
        .init(name: Bytes("LC_ALL".utf8), value: Bytes("C".utf8)),
        .init(name: Bytes("PATH".utf8), value: Bytes("/usr/bin:/bin:/usr/sbin:/sbin".utf8)),
    ]

    /// What stands in the tree of every test case and is never changed.
    var fixedFiles: [TestCase.File] { (project?.files ?? []).joined(by: fixed) }

    /// A seed as it is executed: what it leaves open is the harness's.
    package func completed(_ seed: TestCase) -> TestCase {
        var testCase = seed
        // Histories, and seeds of old, have the whole command line.
        if !prefix.isEmpty, testCase.arguments.starts(with: prefix) {
            testCase.arguments.removeFirst(prefix.count)
        }
        if testCase.environment.isEmpty { testCase.environment = base.environment }
        if testCase.files.isEmpty { testCase.files = base.files }
        // A server's arguments are how it comes up, and seldom what a seed is about.
        if server != nil, testCase.arguments.isEmpty { testCase.arguments = base.arguments }
        // Nobody answers a client that is not told who.
        if client != nil, testCase.sessions.isEmpty { testCase.sessions = base.sessions }
        if testCase.standardInput == TestCase.StandardInput() {
            testCase.standardInput = base.standardInput
        }
        return testCase
    }
}
