internal import CLinux
internal import Glibc
internal import Platform

/// Which tasks have still to stop before a filter can be installed, and what stopped those that
/// have: that is attended to afterwards.
struct Standstill: ~Copyable {
    private var awaited: Set<Int32>
    private let deadline = ContinuousClock.now + .seconds(5)
    private var looks = 0

    /// Interrupts the tasks.
    init(of tasks: some Sequence<Int32>) {
        awaited = Set(tasks)
        for task in awaited { clinux_interrupt(task) }
    }

    var isComplete: Bool { awaited.isEmpty }

    /// One that does not stop in time, if there is one.
    var straggler: Int32? {
        ContinuousClock.now > deadline ? awaited.min() : nil
    }

    /// A task has stopped, or is gone.
    mutating func note(_ task: Int32) { awaited.remove(task) }

    /// A task is born that has not stopped yet.
    mutating func await(_ task: Int32) { awaited.insert(task) }

    /// Waits a moment for the next stop.
    mutating func pause() {
        looks += 1
        if looks > 100 { usleep(100) } else { sched_yield() }
        guard looks % 64 == 0 else { return }
        // A first thread that has ended is reported when the others have, and never stops.
        awaited = awaited.filter { task in
            guard let stat = try? SmallFile.text("/proc/\(task)/stat"),
                let name = stat.lastIndex(of: ")")
            else { return false }
            return !["Z", "X"].contains(stat[name...].dropFirst(2).first)
        }
    }
}
