/// The tasks that are traced, and the processes that they are of.
struct TaskTable {
    private(set) var processes: [Int32: EnforcedProcess] = [:]
    /// By task: its process.
    private var owners: [Int32: Int32] = [:]
    /// Tasks that stopped before the event that announces them.
    private(set) var early: Set<Int32> = []

    var isEmpty: Bool { owners.isEmpty }
    var tasks: some Sequence<Int32> { owners.keys }

    func owner(of task: Int32) -> Int32? { owners[task] }

    func tasks(of process: Int32) -> [Int32] {
        owners.filter { $0.value == process }.map(\.key)
    }

    subscript(process: Int32) -> EnforcedProcess? {
        get { processes[process] }
        set { processes[process] = newValue }
    }

    mutating func add(_ process: EnforcedProcess) {
        processes[process.id] = process
        owners[process.id] = process.id
    }

    mutating func add(thread: Int32, to process: Int32) { owners[thread] = process }

    /// A task has stopped for the first time; false where nothing has announced it.
    mutating func meet(_ task: Int32) -> Bool {
        guard owners[task] == nil else { return true }
        early.insert(task)
        return false
    }

    /// Whether an announced task has stopped before; it is no early one any more.
    mutating func catchUp(_ task: Int32) -> Bool { early.remove(task) != nil }

    /// A task is gone, or let go. Returns its process where it was the last task of it.
    @discardableResult
    mutating func remove(_ task: Int32) -> EnforcedProcess? {
        early.remove(task)
        guard let owner = owners.removeValue(forKey: task), !owners.values.contains(owner) else {
            return nil
        }
        return processes.removeValue(forKey: owner)
    }

    /// A task executes a program: it is its process's first and only one now. Returns the process.
    mutating func beginImage(by task: Int32, formerly former: Int32) -> Int32? {
        guard let id = owners[former] ?? owners[task] else { return nil }
        for other in tasks(of: id) where other != id { owners[other] = nil }
        owners[id] = id
        return id
    }
}
