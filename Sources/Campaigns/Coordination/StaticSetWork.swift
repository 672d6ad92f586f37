internal import Extraction
internal import Foundation
internal import Platform
internal import Synchronization
internal import Syscalls

/// Computing a static set, and what leads to its calls, while something else is done: it may take
/// longer than there is time for.
final class StaticSetWork: Sendable {
    /// What is to be computed.
    struct Order: Sendable {
        var image: String
        var options: ExtractionOptions
        /// Calls that need no way to them, as they were seen; nil to look for none.
        var reached: SyscallSet?
    }

    struct Outcome: Sendable {
        var set: StaticSet?
        /// Why there is none.
        var failure: String?
        /// Calls that were never seen and that no condition is known for, with the functions that
        /// lead to them.
        var goals: [Goal] = []
        var duration = Duration.zero
    }

    private let outcome = Mutex<Outcome?>(nil)

    /// As deep as the analysis of a large program may call itself.
    private static let stackSize = 64 << 20

    static func begin(_ order: Order) -> StaticSetWork {
        let work = StaticSetWork()
        let thread = Thread {
            let start = ContinuousClock.now
            var outcome = compute(order)
            outcome.duration = ContinuousClock.now - start
            work.outcome.withLock { $0 = outcome }
        }
        thread.stackSize = stackSize
        thread.start()
        return work
    }

    /// What came of it, once it is there.
    var result: Outcome? { outcome.withLock { $0 } }

    /// Waits for it; nil when it is not there in time, or the end is requested before.
    func wait(until end: ContinuousClock.Instant?) -> Outcome? {
        while true {
            if let result { return result }
            if Interruption.isRequested { return nil }
            if let end, ContinuousClock.now >= end { return nil }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    private static func compute(_ order: Order) -> Outcome {
        do throws(ExtractionError) {
            let set = try Extractor.extract(order.image, options: order.options)
            return Outcome(set: set, goals: goals(in: set, order))
        } catch {
            return Outcome(failure: "\(error)")
        }
    }

    private static func goals(in set: StaticSet, _ order: Order) -> [Goal] {
        guard let reached = order.reached else { return [] }
        let wanted = set.entries.filter { $0.gates.isEmpty && !reached.contains($0.number) }
        guard !wanted.isEmpty,
            let distances = try? Extractor.distances(
                in: order.image, options: order.options, atMost: Goal.mostFunctions,
                from: { !FunctionVisits.isStandard($0) })
        else { return [] }
        return wanted.compactMap { entry in
            distances.landmarks[entry.number].map { Goal(syscall: entry.number, $0) }
        }
    }
}
