internal import Foundation
internal import Synchronization
internal import Texts

/// Says what is being done once that has taken so long that somebody may wonder, and goes on to say
/// so from time to time.
final class SlowStep: Sendable {
    private static let patience = 2.0
    private static let interval = 10.0

    private let isOver = Mutex(false)

    /// - Parameter name: a clause such as "reading the code of /bin/ls".
    init(_ name: String, _ terminal: Terminal) {
        let start = ContinuousClock.now
        Thread.detachNewThread { [self] in
            var pause = Self.patience
            while true {
                Thread.sleep(forTimeInterval: pause)
                let isOver = isOver.withLock { isOver in
                    if !isOver {
                        let seconds = (ContinuousClock.now - start).components.seconds
                        terminal.note("… \(name), for \(seconds) s now")
                    }
                    return isOver
                }
                guard !isOver else { return }
                pause = Self.interval
            }
        }
    }

    func end() {
        isOver.withLock { $0 = true }
    }
}

extension Terminal {
    /// Does something that may take a while.
    func during<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let step = SlowStep(name, self)
        defer { step.end() }
        return try body()
    }
}
