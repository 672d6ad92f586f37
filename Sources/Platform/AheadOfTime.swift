internal import Dispatch
internal import Synchronization

/// What idle processors work out ahead of time for one task, and not beyond its end.
package final class AheadOfTimeWork: Sendable {
    private struct State {
        var isEnded = false
        var settling: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// A value that will surely be asked for, or most likely.
    package func begin<Value: Sendable>(
        _ compute: @escaping @Sendable () -> Value
    ) -> AheadOfTime<Value> {
        let value = AheadOfTime(compute)
        let isEnded = state.withLock { state in
            state.settling.append { value.settle() }
            return state.isEnded
        }
        if !isEnded { DispatchQueue.global().async { value.beginAhead() } }
        return value
    }

    /// Waits for what was begun, and has nothing more begun by idle processors: nothing of the task
    /// is used any more but by whoever asks for a value.
    package func end() {
        while true {
            let settling = state.withLock { state in
                state.isEnded = true
                defer { state.settling = [] }
                return state.settling
            }
            guard !settling.isEmpty else { return }
            for settle in settling { settle() }
        }
    }
}

/// A value that an idle processor works out ahead of time, or else whoever asks for it first.
package final class AheadOfTime<Value: Sendable>: Sendable {
    private enum Progress {
        case open(@Sendable () -> Value)
        case begun
        case done(Value)
    }

    private struct State {
        var progress: Progress
        /// Whether only whoever asks for the value may begin.
        var isForAskersOnly = false
    }

    private let state: Mutex<State>
    private let unfinished = DispatchGroup()

    fileprivate init(_ compute: @escaping @Sendable () -> Value) {
        state = Mutex(State(progress: .open(compute)))
        unfinished.enter()
    }

    /// Waits where another thread is at it.
    package var value: Value {
        while true {
            if let value = begin(isAsked: true) { return value }
            unfinished.wait()
        }
    }

    fileprivate func beginAhead() { _ = begin(isAsked: false) }

    /// Waits for a thread that is at it, and lets none begin unasked.
    fileprivate func settle() {
        let isBegun = state.withLock { state in
            state.isForAskersOnly = true
            return if case .begun = state.progress { true } else { false }
        }
        if isBegun { unfinished.wait() }
    }

    /// The value, unless another thread is about to have it or it is not to be worked out yet.
    private func begin(isAsked: Bool) -> Value? {
        let (known, compute) = state.withLock { state -> (Value?, (@Sendable () -> Value)?) in
            switch state.progress {
            case .done(let value): return (value, nil)
            case .begun: return (nil, nil)
            case .open(let compute):
                guard isAsked || !state.isForAskersOnly else { return (nil, nil) }
                state.progress = .begun
                return (nil, compute)
            }
        }
        guard let compute else { return known }
        let value = compute()
        state.withLock { $0.progress = .done(value) }
        unfinished.leave()
        return value
    }
}
