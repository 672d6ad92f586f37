package import Syscalls

/// Everything one execution did, as far as the executor saw it.
///
/// Flat arrays that refer to each other by index, so that a trace can be reused, compared and
/// stored without a graph of objects.
package struct Trace: Sendable {
    /// In the order in which they appeared; the first is the target's first thread.
    package var threads: [TracedThread] = []
    /// The files that code was executed from, in order of first use. ``Event/module`` indexes it.
    package var modules: [String] = []
    /// In the order in which the tracer saw them begin.
    package var events: [Event] = []
    package var end = End.exited(status: 0)
    /// Processor time of all processes as of the tracer's last look, which comes every 10 ms while
    /// a bound on it is watched; zero for executions that are over before the first.
    package var processorTime = Duration.zero
    /// The files and addresses that calls named, by the index of the event; only where the executor
    /// was asked to read them, and not stored.
    package var names: [Int: String] = [:]

    package init() {}

    /// The same trace without the room for further events that it was given when it was made, which
    /// may be thousands of times what it takes; for one that is kept.
    package var inLittleRoom: Trace {
        var copy = self
        copy.events = events.map { $0 }
        return copy
    }

    /// How often a process has executed another image, besides the start of the target.
    package var executedImages: Int {
        threads.count { thread in
            thread.parent.map { threads[$0].threadID == thread.threadID } ?? false
        }
    }
}

/// One thread in one process image: it begins with a clone or an `execve`, and ends with an
/// `execve` or an exit. A process that executes another program continues as a new traced thread.
package struct TracedThread: Hashable, Sendable {
    /// The kernel's thread id, in the process id namespace of the tracer.
    package var threadID: Int32
    /// Equal to ``threadID`` for the first thread of a process.
    package var processID: Int32
    /// Index of the thread that created this one, or that was it before `execve`.
    package var parent: Int?
    package var role: Role
    /// Path of the executed file, links resolved.
    package var image: String
    /// Index of the thread's first event after the program's entry point; nil while the loader
    /// runs, and zero-based into ``Trace/events``. Threads and forks of a process that is past
    /// its entry point begin past it.
    package var entryEvent: Int?
    /// How the thread left, nil when it went on as another image or was not seen to leave.
    package var exit: Exit?

    package enum Exit: Hashable, Sendable {
        case exited(status: Int32)
        case killed(signal: Int32)
    }

    package init(
        threadID: Int32, processID: Int32, parent: Int?, role: Role, image: String,
        entryEvent: Int? = nil
    ) {
        self.threadID = threadID
        self.processID = processID
        self.parent = parent
        self.role = role
        self.image = image
        self.entryEvent = entryEvent
    }
}

/// Which part a process or thread plays in the target's tree.
package enum Role: Hashable, Sendable {
    /// The process that was started, in the image that was asked for.
    case root
    /// A process forked from the root or from another worker, in the target's own image.
    case worker
    /// A further thread of the root or of a worker.
    case thread
    /// A process that runs another program, named by its image.
    case exec(image: String)

    /// `root`, `worker`, `thread` or `exec:IMAGE`.
    package var name: String {
        switch self {
        case .root: "root"
        case .worker: "worker"
        case .thread: "thread"
        case .exec(let image): "exec:" + image
        }
    }

    package init?(name: String) {
        switch name {
        case "root": self = .root
        case "worker": self = .worker
        case "thread": self = .thread
        default:
            guard name.hasPrefix("exec:") else { return nil }
            self = .exec(image: String(name.dropFirst(5)))
        }
    }

    /// Whether the code that runs is the target's, not that of a program it started.
    package var isTarget: Bool {
        if case .exec = self { false } else { true }
    }
}

/// One system call.
package struct Event: Sendable {
    /// Index into ``Trace/threads``.
    package var thread: Int32
    /// The number in `eax` on entry.
    package var number: SyscallNumber
    /// Index into ``Trace/modules`` of the code that made the call; -1 where it is not known.
    package var module: Int32
    /// File offset of the `syscall` instruction in that module.
    package var offset: UInt64
    /// The six argument registers on entry.
    package var arguments: InlineArray<6, UInt64>
    /// What the call returned; nil for one that did not return, or whose exit the executor does
    /// not see. Errors are negative error numbers, as in the register.
    package var result: Int64?

    package init(
        thread: Int32, number: SyscallNumber, module: Int32, offset: UInt64,
        arguments: InlineArray<6, UInt64>, result: Int64? = nil
    ) {
        self.thread = thread
        self.number = number
        self.module = module
        self.offset = offset
        self.arguments = arguments
        self.result = result
    }

    /// The error number that the call returned, if it did.
    package var error: Int32? {
        guard let result, result < 0, result >= -4095 else { return nil }
        return Int32(-result)
    }
}

extension Trace {
    /// How the execution ended.
    package enum End: Hashable, Sendable {
        /// The first process exited by itself.
        case exited(status: Int32)
        /// The first process was killed by a signal that the tracer did not send.
        case killed(signal: Int32)
        /// The tracer ended it, for the reason given.
        case stopped(Reason)
    }

    package enum Reason: String, Hashable, Sendable {
        /// More processor time than the harness allows.
        case cpuTime = "cpu-time"
        /// More wall time than the harness allows.
        case wallTime = "wall-time"
        /// Every task slept in a call that nothing in the sandbox will end.
        case blocked
        /// Every task slept, in calls that end by themselves, for longer than the search cares to
        /// wait.
        case idle
        /// More system calls than a trace may hold.
        case tooManyEvents = "too-many-events"
        /// More memory than the sandbox allows.
        case memory
        /// It made a call that was to end it.
        case novelty
        /// More processes than the sandbox allows.
        case tooManyProcesses = "too-many-processes"
    }

    /// Where an event's code is, nil where the executor could not tell.
    package func site(of event: Event) -> CallSite? {
        guard event.module >= 0 else { return nil }
        return CallSite(module: modules[Int(event.module)], offset: event.offset)
    }
}

extension Trace {
    /// Index of the thread that made a thread by fork, vfork or clone, seen through every
    /// `execve` of its process; nil for the root.
    package func creator(of thread: Int) -> Int? {
        let isFirst = threads[thread].threadID == threads[thread].processID
        var parent = threads[thread].parent
        while isFirst, let index = parent, threads[index].processID == threads[thread].processID {
            parent = threads[index].parent
        }
        return parent
    }
}
