/// Bytes as the kernel passes them: no encoding is promised, NUL may occur where the kernel
/// allows it.
package typealias Bytes = [UInt8]

/// One complete input of a target: everything that an execution depends on besides the target.
///
/// A value without identity; two test cases are the same when their canonical encodings are, and
/// ``id`` is the hash of that encoding.
package struct TestCase: Hashable, Sendable {
    /// The arguments after the program's name. A NUL byte ends an argument when it is passed.
    package var arguments: [Bytes] = []
    /// The whole environment, in the order in which it is passed.
    package var environment: [Variable] = []
    /// What can be read from descriptor 0, unless ``descriptors`` replaces it.
    package var standardInput = StandardInput()
    /// The file tree below the directory in which the target starts, parents before children.
    package var files: [File] = []
    package var workingDirectory = WorkingDirectory.scratch(path: [])
    /// What the inherited descriptors are; those not named are: 0 standard input, 1 and 2
    /// captured by the tracer, others closed.
    package var descriptors: [Descriptor] = []
    package var limits: [Limit] = []
    /// Connections that are made to the target, or that it makes.
    package var sessions: [Session] = []
    /// Whether others come to the target, as to a server.
    package var isVisited: Bool { sessions.contains { !$0.isOpenedByTarget } }
    package var signals: [SignalDelivery] = []
    package var faults: [Fault] = []

    package init() {}
}

extension TestCase {
    /// One variable of the environment. A name may be empty and may hold `=`; the kernel does not
    /// mind.
    package struct Variable: Hashable, Sendable {
        package var name: Bytes
        package var value: Bytes

        package init(name: Bytes, value: Bytes) {
            self.name = name
            self.value = value
        }
    }

    /// What descriptor 0 is and what can be read from it.
    package struct StandardInput: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Sendable {
            case file, pipe, terminal
        }

        package var kind = Kind.file
        package var bytes: Bytes = []
        /// What comes behind the bytes.
        package var repetition: Repetition?

        package init(kind: Kind = .file, bytes: Bytes = [], repetition: Repetition? = nil) {
            self.kind = kind
            self.bytes = bytes
            self.repetition = repetition
        }

        /// Whether nothing can be read.
        package var isEmpty: Bool { bytes.isEmpty && (repetition?.size ?? 0) == 0 }

        /// All that can be read.
        package var content: Bytes { bytes + (repetition?.bytes ?? []) }
    }

    /// One entry of the file tree.
    package struct File: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case regular(Bytes)
            /// A hole of that many bytes, then the bytes.
            case sparse(hole: UInt64, Bytes)
            case repeated(Repetition)
            case directory
            case symbolicLink(target: Bytes)
            /// A second name of an entry before this one.
            case hardLink(target: Bytes)
            case fifo
            /// A stream socket bound to the path; nobody listens.
            case socket
            /// The null device's node, mounted at the path.
            case device
        }

        /// Relative to the scratch directory, without `.` and `..` components.
        package var path: Bytes
        package var kind: Kind
        /// The permission bits, 0o7777 at most; links have none.
        package var mode: UInt16

        package init(path: Bytes, kind: Kind, mode: UInt16 = 0o644) {
            self.path = path
            self.kind = kind
            self.mode = mode
        }
    }

    /// Where the target starts.
    package enum WorkingDirectory: Hashable, Sendable {
        /// A directory of the file tree, the scratch directory itself when empty.
        case scratch(path: Bytes)
        /// A directory that is removed before the target starts.
        case deleted
        /// A directory that the target may enter but not read.
        case unreadable
        /// That many nested directories with names of 200 bytes below the scratch directory.
        case deep(levels: UInt16)
    }

    /// What one inherited descriptor is.
    package struct Descriptor: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            case closed
            case null
            /// Writes to it fail with `ENOSPC`.
            case full
            /// A pipe whose other end is closed.
            case brokenPipe
            case terminal
            /// A file of the tree, opened for reading and writing where its mode allows.
            case file(path: Bytes)
        }

        package var number: UInt16
        package var source: Source

        package init(number: UInt16, source: Source) {
            self.number = number
            self.source = source
        }
    }

    /// One resource limit, soft and hard alike.
    package struct Limit: Hashable, Sendable {
        package enum Resource: String, CaseIterable, Sendable {
            case openFiles = "open-files"
            case fileSize = "file-size"
            case addressSpace = "address-space"
            case stack
            case processes
            case data
        }

        package var resource: Resource
        /// Bytes, or a count, as `setrlimit(2)` says for the resource.
        package var value: UInt64

        package init(resource: Resource, value: UInt64) {
            self.resource = resource
            self.value = value
        }
    }

    /// One network connection with what is said on it.
    ///
    /// Sessions take turns: the first step of each, in their order, then the second of each, and
    /// so on. Behind each step the target runs until it waits again. The connection is made when
    /// the session has something to do on it, and ends with the turn behind its last step. A
    /// session that the target opens has no turns before. Sessions before and behind one that is
    /// later meet each other only in what the target remembers.
    package struct Session: Hashable, Sendable {
        package enum Transport: String, CaseIterable, Sendable {
            case tcp, udp
            case unixStream = "unix-stream"
            case unixDatagram = "unix-datagram"
        }

        package enum Step: Hashable, Sendable {
            case send(Bytes)
            case sendRepeated(Repetition)
            /// Read until the target has nothing more to say. What is never read fills its buffers.
            case receive
            case halfClose
            case close
            case reset
            /// Let the others have their turn.
            case wait
            /// A signal, 1 to 64, is sent to the target's main process.
            case signal(UInt8)
            /// The same if the target takes the signal, by a handler or by reading it; else
            /// nothing: how operators have servers read their files again, or end.
            case notify(UInt8)
        }

        /// Who the target has to do with.
        package enum Party: Hashable, Sendable {
            /// A client, of one of the target's addresses of that transport, counted in the order
            /// in which it took them.
            case client(address: UInt16)
            /// Somebody to whom the target connects, or sends: at this port of whatever host, this
            /// `HOST:PORT` or path of a UNIX socket; or wherever that is, when empty.
            case peer(at: Bytes)
            /// The harness's companion with these arguments, as a client; `{port}` in them is the
            /// target's first TCP port. The steps are about its standard input and output.
            case companion(arguments: [Bytes])
            /// The companion with these arguments, with a connection that the target makes as its
            /// standard input and output. The steps have nothing to act on.
            case companionPeer(arguments: [Bytes])
        }

        /// ``Transport/tcp`` for companions, who use what they like.
        package var transport: Transport
        package var party: Party
        package var steps: [Step]
        /// Whether it begins when all sessions before it are over. It takes turns with those behind
        /// it, up to the next that is later.
        package var isLater = false

        package init(transport: Transport, address: UInt16 = 0, steps: [Step]) {
            self.init(transport: transport, party: .client(address: address), steps: steps)
        }

        package init(transport: Transport = .tcp, party: Party, steps: [Step]) {
            self.transport = transport
            self.party = party
            self.steps = steps
        }

        /// Whether it is the target that opens the connection.
        package var isOpenedByTarget: Bool {
            switch party {
            case .client, .companion: false
            case .peer, .companionPeer: true
            }
        }

        /// Whether the steps say something to somebody.
        package var hasEffectiveSteps: Bool {
            if case .companionPeer = party { false } else { true }
        }
    }

    /// A signal that is sent while the target runs.
    package struct SignalDelivery: Hashable, Sendable {
        /// The signal's number, 1 to 64.
        package var signal: UInt8
        /// Sent to the root process when it has entered that many system calls since the
        /// program's entry point.
        package var atSyscall: UInt32

        package init(signal: UInt8, atSyscall: UInt32) {
            self.signal = signal
            self.atSyscall = atSyscall
        }
    }

    /// A system call that is made to fail, or to do less than asked.
    package struct Fault: Hashable, Sendable {
        package enum Effect: Hashable, Sendable {
            /// The call is not made and returns this error number.
            case error(UInt16)
            /// The call is made with its byte count cut to this.
            case shortCount(UInt32)
        }

        /// Kernel number of the call.
        package var syscall: UInt32
        /// 1 for the first such call after the program's entry point.
        package var occurrence: UInt32
        package var effect: Effect

        package init(syscall: UInt32, occurrence: UInt32, effect: Effect) {
            self.syscall = syscall
            self.occurrence = occurrence
            self.effect = effect
        }
    }
}
