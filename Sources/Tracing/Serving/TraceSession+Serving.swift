internal import CLinux
internal import Glibc
internal import Syscalls
internal import Traces

/// Playing a server's clients. No time is measured: the next thing is said when everything waits.
extension TraceSession {
    /// What is to be done with the target as a server.
    enum Service {
        /// It is none.
        case none
        /// It comes up or is talked to.
        case serving
        /// It has heard everything and stays up.
        case resting
        /// It was asked to end.
        case ending
    }

    /// Whether the target can be talked to as soon as it waits.
    var isConversing: Bool {
        service == .serving && !isHeardOut && stopReason == nil
            && (!endpoints.isEmpty || conversation.hasPeers || nameServer?.isAsked == true)
    }

    /// Whether the last target had come to wait, had heard everything, and was asked to end.
    package var wasAskedToEnd: Bool { service == .ending }

    /// Notes an address at which others can reach the target from now on, which it has by bind(2)
    /// or listen(2).
    mutating func followSockets(_ event: Event, task: Int) {
        guard event.number.rawValue == 49 || event.number.rawValue == 50 else { return }
        let process = table.processes[table[task].process].id
        let descriptor = Int32(truncatingIfNeeded: event.arguments[0])
        guard let endpoint = Endpoint(of: process, descriptor: descriptor),
            !endpoints.contains(where: { $0.isSame(as: endpoint) })
        else { return }
        endpoints.append(endpoint)
    }

    /// Nothing has happened at the last look. Where that is because all tasks wait, the next thing
    /// is said.
    mutating func attend() {
        takeAllRecords()
        guard stopReason == nil, conversation.companions.areSettled, everythingWaits() else {
            clinux_yield()
            return
        }
        // A task may have woken another between the looks at the two.
        var stop = clinux_stop()
        guard unsafe clinux_next_stop(&stop, 0) == 0, stop.kind == Int32(CLINUX_STOP_NONE) else {
            if stop.task > 0 {
                clock.noteProgress()
                handle(stop)
            }
            return
        }
        clock.noteProgress()
        noteSleepers()
        firstEventOfTurn = trace.events.count
        if nameServer?.answer() == true {
            mayHaveWoken = true
            return
        }
        guard !endpoints.isEmpty || conversation.hasPeers else { return }
        if takenSignals == nil { takenSignals = SignalSet(takenBy: mainProcess) }
        switch conversation.proceed(at: endpoints) {
        case .said: break
        case .signal(let number, let ifTaken):
            // It may have taken up, or given up, a signal since it came up.
            if ifTaken, SignalSet(takenBy: mainProcess)?.contains(number) != true { break }
            mayHaveWoken = true
            clinux_kill(mainProcess, Int32(number))
        case .over where staysUp: service = .resting
        case .over:
            guard let signal = options.server?.endSignal else {
                isHeardOut = true
                return
            }
            service = .ending
            mayHaveWoken = true
            clinux_kill(mainProcess, Int32(signal))
        }
    }

    /// The process that signals are sent to: the first one, and where that has gone into the
    /// background, the oldest that lives.
    private var mainProcess: Int32 {
        table.processes.first { $0.liveTasks > 0 }?.id ?? rootProcess
    }
}
