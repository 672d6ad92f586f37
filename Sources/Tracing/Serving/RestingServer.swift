internal import Traces

/// A server that is up and waits, to be visited again and again.
struct RestingServer {
    /// How it came up: what every visit's trace begins with, as if the server were its own.
    let prefix: Trace
    /// Its tasks, each with the call that it waited in when it was ready.
    let tasks: [LiveTask]

    /// Whether the tasks are those of the beginning and wait where they waited then.
    func isUnchanged(_ table: TaskTable, in trace: Trace) -> Bool {
        table.early.isEmpty && table.tasks.count == tasks.count
            && tasks.allSatisfy { former in
                guard let task = table.tasks.first(where: { $0.id == former.id }) else {
                    return false
                }
                guard let event = former.event, let current = task.event else {
                    return former.event == nil && task.event == nil
                }
                return task.thread == former.thread
                    && trace.events[current].number == prefix.events[event].number
            }
    }
}
