internal import Syscalls
package import Traces

/// Makes small traces for tests, one call at a time.
package struct TraceBuilder {
    package private(set) var trace = Trace()

    /// A trace with one thread of the role `root` that runs `/bin/target`.
    package init() {
        trace.threads.append(
            TracedThread(
                threadID: 100, processID: 100, parent: nil, role: .root, image: "/bin/target"))
    }

    /// A process forked by a thread; past its entry point when that is.
    package mutating func fork(of parent: Int = 0) -> Int {
        add(parent: parent, role: .worker, isThread: false)
    }

    /// A thread started by a thread of the same process.
    package mutating func thread(of parent: Int = 0) -> Int {
        add(parent: parent, role: .thread, isThread: true)
    }

    /// The thread's process as another program, which is in its loader.
    package mutating func exec(_ image: String, in thread: Int) -> Int {
        var next = trace.threads[thread]
        next.parent = thread
        next.role = .exec(image: image)
        next.image = image
        next.entryEvent = nil
        trace.threads.append(next)
        return trace.threads.count - 1
    }

    private mutating func add(parent: Int, role: Role, isThread: Bool) -> Int {
        let id = Int32(100 + trace.threads.count)
        let process = isThread ? trace.threads[parent].processID : id
        let entry = trace.threads[parent].entryEvent == nil ? nil : trace.events.count
        trace.threads.append(
            TracedThread(
                threadID: id, processID: process, parent: parent, role: role,
                image: trace.threads[parent].image, entryEvent: entry))
        return trace.threads.count - 1
    }

    /// The thread reaches its program's entry point.
    package mutating func enter(thread: Int = 0) {
        trace.threads[thread].entryEvent = trace.events.count
    }

    /// Appends a call by name, made from a place in a module where one is given.
    package mutating func call(
        _ name: String, _ arguments: [UInt64] = [], result: Int64? = 0, thread: Int = 0,
        from module: String? = nil, offset: UInt64 = 0
    ) {
        var registers = InlineArray<6, UInt64>(repeating: 0)
        for (index, value) in arguments.enumerated() { registers[index] = value }
        var moduleIndex: Int32 = -1
        if let module {
            if !trace.modules.contains(module) { trace.modules.append(module) }
            moduleIndex = Int32(trace.modules.firstIndex(of: module) ?? -1)
        }
        trace.events.append(
            Event(
                thread: Int32(thread), number: SyscallNumber(name: name) ?? .read,
                module: moduleIndex, offset: offset, arguments: registers, result: result))
    }

    /// What the last call named.
    package mutating func name(_ name: String) {
        trace.names[trace.events.count - 1] = name
    }

    /// Appends an `openat` of a file by its absolute path.
    package mutating func open(_ path: String, flags: UInt64, result: Int64, thread: Int = 0) {
        call("openat", [UInt64(bitPattern: -100), 0x1000, flags], result: result, thread: thread)
        name(path)
    }

    package mutating func exit(_ exit: TracedThread.Exit, thread: Int) {
        trace.threads[thread].exit = exit
    }

    package mutating func end(_ end: Trace.End) {
        trace.end = end
    }
}
