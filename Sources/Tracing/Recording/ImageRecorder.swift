internal import CLinux
internal import Platform
internal import Syscalls
internal import Traces

/// The memory in which a process writes its calls down from its `execve` on, and whatever comes of
/// it, in each image that is executed; for one run after the other.
@safe struct ImageRecorder: ~Copyable {
    /// What can be written down, by file.
    private var windows: [String: [CallWindow]]
    private let places = CallPlaces()
    private let prepared: OpaquePointer

    /// Nil when the kernel refuses.
    init?(_ windows: [String: [CallWindow]]) {
        guard let prepared = unsafe clinux_recorder_make() else { return nil }
        unsafe self.prepared = prepared
        self.windows = windows
    }

    deinit {
        unsafe clinux_template_free(prepared)
    }

    /// Libraries may lie elsewhere in each run, and then take room of their own. Fewer than one area
    /// has places, which are counted over all.
    private static let mostPlaces = 768

    /// Makes ready for another run, when nothing of the last is left; false when there is no room
    /// for more, or the last has changed the code that the next would execute.
    mutating func renew(_ windows: [String: [CallWindow]]) -> Bool {
        guard places.count < Self.mostPlaces,
            unsafe clinux_recorder_is_intact(prepared) == 1
        else { return false }
        places.forgetModules()
        self.windows = windows
        return true
    }

    var recorder: CallRecorder { unsafe CallRecorder(places: places, of: prepared) }

    /// Lets what is written down through, from the execve on.
    var filter: SyscallFilter {
        let areas = (0..<Int32(CLINUX_TEMPLATE_AREAS)).map {
            unsafe clinux_recorder_area(prepared, $0)
        }
        return SyscallFilter(recordingIn: areas)
    }

    /// Whether a process that stands behind its execve has got the memory.
    func adopt(_ process: Int32) -> Bool { unsafe clinux_recorder_adopt(prepared, process) == 0 }

    /// Has a stopped process write down what it can of the files that it has by now.
    func divert(_ process: Int32, _ trace: Trace, _ addressSpace: AddressSpace) {
        for (file, windows) in windows {
            guard let module = trace.modules.firstIndex(of: file) else { continue }
            unsafe places.divert(
                windows, module: Int32(module), in: addressSpace, of: process, prepared)
        }
    }
}

extension TraceSession {
    /// Whether the server that is up writes down what it can of its calls.
    package var recordsServer: Bool {
        resting != nil && table.processes.contains { $0.log?.isOff == false }
    }

    /// Launches a target that writes its calls down; false where that cannot be.
    mutating func startRecorded(
        _ launch: Launch, _ windows: [String: [CallWindow]]
    ) throws(TracingError) -> Bool {
        if imageRecorder?.renew(windows) != true { imageRecorder = ImageRecorder(windows) }
        guard let filter = imageRecorder?.filter, let memory = imageRecorder?.recorder else {
            return false
        }
        var launch = launch
        launch.filter = filter
        options.watch = .records
        recorder = recorder(memory)
        recordsImages = true
        let root = try launch.start()
        beginRoot(root)
        // Behind its execve it is adopted.
        table[0].awaitsExit = true
        resume(root)
        return true
    }

    /// A process has executed another image, and stands before its first instruction.
    mutating func adoptImage(_ index: Int) {
        let (task, process) = (table[index].id, table[index].process)
        // One under a filter of its own stops at each call, and would be seen twice.
        guard !table.processes[process].hasOwnFilter, imageRecorder?.adopt(task) == true else {
            return
        }
        table.processes[process].sharesTemplate = true
        divertCalls(of: process)
        table.processes[process].log = recorder?.begin(of: task)
    }

    /// Leads the calls of a stopped process through code that writes them down, those of the files
    /// that it has by now.
    mutating func divertCalls(of process: Int) {
        if table.processes[process].addressSpace.isStale { loadMappings(of: process) }
        let space = table.processes[process].addressSpace
        let id = table.processes[process].id
        imageRecorder?.divert(id, trace, space)
    }
}
