internal import CLinux
internal import Mutation
internal import Platform

/// On which processor a worker and its targets run: on one together, as long as nobody else keeps
/// it busy.
struct ProcessorPlacement {
    /// Nanoseconds. As long as the kernel's counts of idle time need to be telling.
    private static let interval: Int64 = 2_000_000_000
    /// Of the time, what a worker may wait for its processor. Tracer and tracee take turns, so that
    /// beside another program of the same weight it waits a quarter.
    private static let tolerableWait = 0.08
    /// Of the time, what a processor has to be idle to be moved to.
    private static let leastIdle = 0.5
    /// `CPU_SETSIZE` of the C library.
    private static let mostProcessors = 1024

    private var processor: UInt32?
    private let usable: [UInt32]
    private var last: Load
    private var generator: SeededGenerator

    /// Binds the calling process to one of the processors that it may use, counted round.
    init(_ index: UInt32) {
        usable = unsafe [UInt32](unsafeUninitializedCapacity: Self.mostProcessors) {
            buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = max(
                0, Int(unsafe clinux_usable_processors(start, Int32(Self.mostProcessors))))
        }
        // Two that meet on one processor must not both go, and both come back.
        generator = SeededGenerator(seed: UInt64(index))
        last = Load()
        guard !usable.isEmpty else { return }
        bind(to: usable[Int(index) % usable.count])
    }

    private mutating func bind(to processor: UInt32) {
        guard clinux_bind_to_processor(processor) == 0 else { return }
        self.processor = processor
    }

    /// Moves to another processor where this one is contended and that one is not. Costs nothing
    /// but a look at the time when the last look was just now.
    mutating func reconsider() {
        let now = clinux_monotonic_time()
        guard let processor, usable.count > 1, now - last.time >= Self.interval else { return }
        let load = Load()
        let (waited, idle) = load.since(last)
        last = load
        guard
            let better = Self.better(than: processor, among: usable, waited: waited, idle: idle),
            generator.chance(1, in: 2)
        else { return }
        bind(to: better)
    }

    /// The idlest processor, where it is worth to move there.
    ///
    /// - Parameters:
    ///   - waited: The share of time for which the worker waited for its processor.
    ///   - idle: The share of time for which each processor was idle.
    static func better(
        than processor: UInt32, among usable: [UInt32], waited: Double, idle: [UInt32: Double]
    ) -> UInt32? {
        guard waited > tolerableWait else { return nil }
        return usable.filter { $0 != processor && idle[$0, default: 0] >= leastIdle }
            .max { idle[$0, default: 0] < idle[$1, default: 0] }
    }
}

/// What the kernel has counted up to a moment.
private struct Load {
    let time = clinux_monotonic_time()
    /// Nanoseconds for which the calling process waited for a processor; schedstat of proc(5).
    private let waited: Int64
    /// Hundredths of seconds for which processors were idle; `/proc/stat` of proc(5).
    private let idle: [UInt32: Int64]

    init() {
        let schedule = (try? SmallFile.text("/proc/self/schedstat")) ?? ""
        let fields = schedule.split(separator: " ")
        waited = fields.count > 1 ? Int64(fields[1]) ?? 0 : 0
        var idle: [UInt32: Int64] = [:]
        let text = (try? SmallFile.text("/proc/stat")) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
            let fields = line.dropFirst(3).split(separator: " ")
            // Idle, and waiting for a disk.
            guard !line.hasPrefix("cpu "), fields.count > 5, let number = UInt32(fields[0]),
                let idling = Int64(fields[4]), let disk = Int64(fields[5])
            else { continue }
            idle[number] = idling + disk
        }
        self.idle = idle
    }

    func since(_ earlier: Load) -> (waited: Double, idle: [UInt32: Double]) {
        let passed = max(1, Double(time - earlier.time))
        let shares = idle.map { number, ticks in
            (number, Double(ticks - earlier.idle[number, default: ticks]) * 1e7 / passed)
        }
        return (
            Double(waited - earlier.waited) / passed, Dictionary(uniqueKeysWithValues: shares)
        )
    }
}
