internal import CLinux
internal import Glibc

/// Looks at what tasks of a server do again and again, through files that stay open: to open one
/// takes longer than to read it.
struct TaskStates: ~Copyable {
    private var files: [(task: Int32, file: Int32)] = []
    /// Of tasks that are gone, too.
    private static let mostFiles = 32

    deinit { for (_, file) in files { close(file) } }

    /// Whether the task sleeps so that a signal or an event can end it.
    mutating func isAsleep(process: Int32, task: Int32) -> Bool {
        if let index = files.firstIndex(where: { $0.task == task }) {
            let state = clinux_read_task_state(files[index].file)
            if state >= 0 { return state == Self.sleeping }
            // Its id may be another's now.
            close(files.remove(at: index).file)
        }
        let file = clinux_open_task_state(process, task)
        guard file >= 0 else { return false }
        if files.count == Self.mostFiles { close(files.removeFirst().file) }
        files.append((task, file))
        return clinux_read_task_state(file) == Self.sleeping
    }

    private static let sleeping = Int32(UInt8(ascii: "S"))
}
