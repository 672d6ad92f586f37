internal import CLinux
internal import Glibc
internal import TestCases

/// The untraced programs of one execution that the target has to do with: those that were started
/// as its clients or peers, and whatever these have started.
struct Companions: ~Copyable {
    /// How the harness's companion is started; nil where there is none.
    private let launch: Launch?
    /// Those that were started and have not ended, each with the file that its errors go to.
    private var running: [(process: Int32, errors: Int32)] = []
    /// Whether one has been started, so that something may be left.
    private(set) var haveStarted = false
    /// Whether one, or what it has started, is alive.
    private(set) var areAlive = false
    private var lastLook = clinux_bystanders()
    /// Whether none of them has run between the last two looks, and all slept.
    private var haveRested = false
    /// How the first one failed that did, and its last words.
    private(set) var failure: String?

    init(_ launch: Launch?) {
        self.launch = launch
    }

    deinit {
        for companion in running { close(companion.errors) }
    }

    /// Starts one with a socket as its standard input and output; the caller closes its copy.
    /// Returns its process id.
    mutating func start(_ arguments: [Bytes], socket: Int32) -> Int32? {
        guard var launch else {
            fail("there is none: the harness names no companion")
            return nil
        }
        let errors = clinux_make_memory_file()
        guard errors >= 0 else { return nil }
        launch.arguments += arguments
        launch.descriptors = [
            Launch.Descriptor(number: 0, source: socket),
            Launch.Descriptor(number: 1, source: socket),
            Launch.Descriptor(number: 2, source: errors),
        ]
        do throws(TracingError) {
            let process = try launch.startUntraced()
            running.append((process, errors))
            haveStarted = true
            areAlive = true
            haveRested = false
            return process
        } catch {
            close(errors)
            fail("did not start: \(error)")
            return nil
        }
    }

    /// Notes the end of a process that is not traced.
    mutating func note(_ end: Int32, isSignal: Bool, of process: Int32, besides known: [Int32]) {
        guard haveStarted else { return }
        if let index = running.firstIndex(where: { $0.process == process }) {
            let errors = running.remove(at: index).errors
            let words = Self.lastWords(errors)
            // Some say nothing and mean nothing: sshd always exits so when its client goes.
            if isSignal || (end != 0 && words != nil) {
                let how = isSignal ? "was killed by signal \(end)" : "exited with status \(end)"
                fail(how + (words.map { " and said: " + $0 } ?? " without a word"))
            }
            close(errors)
        }
        look(besides: known)
        haveRested = false
    }

    private mutating func fail(_ sentence: String) {
        if failure == nil { failure = sentence }
    }

    /// Whether all of them wait for something.
    var areSettled: Bool { !areAlive || haveRested }

    /// What the target does may be what they wait for, so that an earlier look tells nothing.
    mutating func noteTargetRuns() { haveRested = false }

    /// Sees whether they have run since the last time, which should be a tick ago. One look would
    /// not do: while it looks at one, another may wake a third; and what a terminal passes on comes
    /// a moment later.
    mutating func look(besides known: [Int32]) {
        guard areAlive else { return }
        var look = clinux_bystanders()
        unsafe known.withUnsafeBufferPointer { known in
            _ = unsafe clinux_look_at_bystanders(known.baseAddress, Int32(known.count), &look)
        }
        areAlive = look.tasks > 0
        haveRested =
            look.awake == 0 && look.tasks == lastLook.tasks && look.switches == lastLook.switches
        lastLook = look
    }

    /// Asks one to end.
    func stop(_ process: Int32) {
        if running.contains(where: { $0.process == process }) { clinux_kill(process, SIGTERM) }
    }

    /// Kills whatever is left of them.
    mutating func endAll(besides known: [Int32]) {
        guard haveStarted else { return }
        unsafe known.withUnsafeBufferPointer { known in
            _ = unsafe clinux_end_bystanders(known.baseAddress, Int32(known.count))
        }
        for companion in running { close(companion.errors) }
        running = []
        (haveStarted, areAlive) = (false, false)
    }

    private static let wordsLimit = 4096

    /// The last line that is not empty.
    private static func lastWords(_ file: Int32) -> String? {
        let size = max(0, lseek(file, 0, SEEK_END))
        let bytes = unsafe Bytes(unsafeUninitializedCapacity: wordsLimit) { buffer, count in
            let start = max(0, size - wordsLimit)
            count = max(0, unsafe pread(file, buffer.baseAddress, wordsLimit, start))
        }
        let line = bytes.split { $0 == 0x0a || $0 == 0x0d }.last { line in
            line.contains { $0 > 0x20 }
        }
        return line.map { line in
            let text = line.prefix(200).map { (0x20...0x7e).contains($0) ? $0 : 0x3f }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
