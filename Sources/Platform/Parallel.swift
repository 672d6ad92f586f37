internal import Dispatch
internal import Glibc
internal import Synchronization

/// Independent pieces of work on all processors.
///
/// Pieces may divide their own work in the same way: idle processors help with that too, whereas
/// `DispatchQueue.concurrentPerform` within another one keeps to its own thread.
package enum Parallel {
    /// The results of pieces of work, in their order.
    ///
    /// The calling thread does whatever no other has begun, and returns when all is done.
    package static func map<Value: Sendable>(
        _ count: Int, _ work: @escaping @Sendable (Int) -> Value
    ) -> [Value] {
        guard count > 1 else { return (0..<count).map(work) }
        let pieces = Pieces(count: count, work)
        for _ in 1..<max(1, min(count, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
            DispatchQueue.global().async { pieces.help() }
        }
        pieces.help()
        return pieces.values
    }
}

private final class Pieces<Value: Sendable>: Sendable {
    private let work: @Sendable (Int) -> Value
    private let count: Int
    private let begun = Atomic(0)
    private let unfinished = DispatchGroup()
    private let results: Mutex<[Value?]>

    init(count: Int, _ work: @escaping @Sendable (Int) -> Value) {
        self.count = count
        self.work = work
        results = Mutex(Array(repeating: nil, count: count))
        for _ in 0..<count { unfinished.enter() }
    }

    /// Does pieces until all have been begun.
    func help() {
        while true {
            let piece = begun.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < count else { return }
            let value = work(piece)
            results.withLock { $0[piece] = value }
            unfinished.leave()
        }
    }

    /// Waits for those that others have begun.
    var values: [Value] {
        unfinished.wait()
        return results.withLock { $0.compactMap { $0 } }
    }
}
