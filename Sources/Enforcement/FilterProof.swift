internal import CLinux
internal import Glibc
internal import Platform
internal import Policies

/// Why a process may have another filter than it should.
struct FilterDoubt: Error {
    let clause: String
}

/// What the kernel says of the filters of a process: the program is not asked.
package struct FilterProof: Hashable, Sendable {
    /// How many threads have the filter.
    package let threads: Int
    /// Whether the filter was read back and is the one, byte for byte. Without the right to do that
    /// the count of each thread's filters must do, and that the memory they are installed from
    /// cannot be written.
    package let isReadBack: Bool

    private init(threads: Int, isReadBack: Bool) {
        self.threads = threads
        self.isReadBack = isReadBack
    }

    /// Asks for a process whose threads are stopped, and should each have so many filters.
    init(
        of filter: FilterProgram, in process: Int32, count: Int, watched: (Int32) -> Bool
    ) throws(FilterDoubt) {
        let threads = Self.threads(of: process)
        if let objection = Self.objection(to: threads, expecting: count, watched: watched) {
            throw FilterDoubt(clause: objection)
        }
        let active = threads.filter { !$0.isIdle }
        var isReadBack = false
        for thread in active {
            switch Self.isInstalled(filter, in: thread.id, count: count) {
            case true?: isReadBack = true
            case false?:
                throw FilterDoubt(
                    clause: "what the kernel has for its thread \(thread.id) is another filter")
            case nil: break
            }
        }
        self.init(threads: active.count, isReadBack: isReadBack)
    }

    /// One thread as `/proc` describes it.
    struct Thread: Hashable {
        let id: Int32
        /// Nil when it is gone.
        var filters: Int?
        /// Has nothing to do with the program any more, or never makes a call: workers of io_uring.
        var isIdle = false

        init(id: Int32, filters: Int?, isIdle: Bool = false) {
            self.id = id
            self.filters = filters
            self.isIdle = isIdle
        }

        /// From the files `stat` and `status` of a thread.
        init(id: Int32, stat: String, status: String) {
            self.id = id
            filters = FilterProof.count(in: status)
            // Behind the name, which may be anything: state, five numbers, flags.
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            guard fields.count > 7, let flags = UInt64(fields[7]) else { return }
            isIdle = flags & (Self.exiting | Self.inputOutputWorker) != 0
        }

        /// `PF_EXITING` and `PF_IO_WORKER`
        private static let exiting: UInt64 = 0x4
        private static let inputOutputWorker: UInt64 = 0x10
    }

    /// How many filters a `status` file says there are.
    static func count(in status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix("Seccomp_filters:") {
            return Int(line.drop { $0 != "\t" }.dropFirst())
        }
        return nil
    }

    static func count(of task: String) -> Int? {
        (try? SmallFile.text("/proc/\(task)/status")).flatMap { count(in: $0) }
    }

    static func threads(of process: Int32) -> [Thread] {
        numbers(in: "/proc/\(process)/task").compactMap { thread($0, of: process) }
    }

    /// Nil for one that is gone.
    private static func thread(_ id: Int32, of process: Int32) -> Thread? {
        let folder = "/proc/\(process)/task/\(id)/"
        guard let stat = try? SmallFile.text(folder + "stat"),
            let status = try? SmallFile.text(folder + "status")
        else { return nil }
        return Thread(id: id, stat: stat, status: status)
    }

    /// Whether the first thread of a process is gone, or runs no code any more.
    static func isEnding(_ process: Int32) -> Bool {
        thread(process, of: process)?.isIdle ?? true
    }

    /// The entries of a folder that are numbers.
    static func numbers(in folder: String) -> [Int32] {
        var capacity = 256
        while true {
            var count = 0
            let numbers = unsafe [Int32](unsafeUninitializedCapacity: capacity) { buffer, filled in
                count = Int(
                    unsafe clinux_list_numbers(folder, buffer.baseAddress, Int32(buffer.count)))
                filled = max(0, min(count, buffer.count))
            }
            guard count > capacity else { return numbers }
            capacity = count * 2
        }
    }

    /// Why a process may have threads under other filters, as a clause; nil where each of them is
    /// watched and has as many as expected.
    static func objection(
        to threads: [Thread], expecting expected: Int, watched: (Int32) -> Bool
    ) -> String? {
        let active = threads.filter { !$0.isIdle }
        guard !active.isEmpty else { return "the kernel names no thread of it" }
        for thread in active where !watched(thread.id) {
            return "its thread \(thread.id) is not watched"
        }
        for thread in active where thread.filters != expected {
            guard let filters = thread.filters else {
                return "the kernel does not say how many filters its thread \(thread.id) has"
            }
            return "the kernel counts \(filters) filters for its thread \(thread.id), and there "
                + "should be \(expected): filters of the program's own come in between"
        }
        return nil
    }

    /// Whether the newest filter of a stopped thread is the one; nil where that may not be asked.
    static func isInstalled(_ filter: FilterProgram, in thread: Int32, count: Int) -> Bool? {
        let words = filter.words
        var result: Int32 = 0
        let found = unsafe [UInt64](unsafeUninitializedCapacity: words.count) { buffer, filled in
            result = unsafe clinux_read_filter(
                thread, UInt32(count - 1), buffer.baseAddress, Int32(buffer.count))
            filled = Int(result) == words.count ? words.count : 0
        }
        guard ![-EACCES, -EINVAL, -EIO, -ESRCH].contains(result) else { return nil }
        return found == words
    }
}
