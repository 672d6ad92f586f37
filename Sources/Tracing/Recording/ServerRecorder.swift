internal import CLinux
internal import Glibc
internal import Platform
package import Syscalls
internal import Traces

/// The memory in which a server that stays up writes its calls down, and what comes of it.
@safe struct ServerRecorder: ~Copyable {
    /// What the server has to be launched with, under the number of a template's memory.
    let descriptor: Int32
    private var code = AddressSpace()
    private var places = CallPlaces()
    private let prepared: OpaquePointer

    /// Nil when the kernel refuses.
    init?() {
        var (socket, memory): (Int32, Int32) = (-1, -1)
        guard let prepared = unsafe clinux_template_make(&socket, &memory) else { return nil }
        unsafe self.prepared = prepared
        descriptor = memory
    }

    deinit {
        unsafe clinux_template_free(prepared)
    }

    /// Has a process that stands at `main` write down the calls of these windows, by file, from
    /// there on; false where the kernel does not allow it, or there is no room near its code.
    fileprivate mutating func adopt(
        _ process: Int32, _ windows: [String: [CallWindow]], trace: Trace,
        addressSpace: AddressSpace
    ) -> Bool {
        code = addressSpace
        defer { unsafe clinux_template_release(prepared) }
        let isAdopted = unsafe CallPlaces.areas(calledIn: trace, at: addressSpace)
            .withUnsafeBufferPointer { areas in
                guard let base = areas.baseAddress else { return false }
                return unsafe clinux_template_adopt(prepared, process, base) == 0
            }
        let areas = (0..<Int32(CLINUX_TEMPLATE_AREAS)).map {
            unsafe clinux_recorder_area(prepared, $0)
        }.filter { $0 != 0 }
        guard isAdopted, !areas.isEmpty else { return false }
        // Without the filter nothing would stop what is not written down.
        let isFiltered = unsafe SyscallFilter(recordingIn: areas).instructions
            .withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return false }
                return unsafe clinux_template_filter(prepared, base, Int32(buffer.count)) == 0
            }
        guard isFiltered else { return false }
        for (file, windows) in windows {
            guard let module = trace.modules.firstIndex(of: file) else { continue }
            unsafe places.divert(windows, module: Int32(module), in: addressSpace, of: prepared)
        }
        return true
    }

    fileprivate var recorder: CallRecorder {
        unsafe CallRecorder(places: places.places, in: code, of: prepared)
    }
}

extension TraceSession {
    /// Whether the server that is up writes down what it can of its calls.
    package var recordsServer: Bool {
        resting != nil && recorder?.isOff == false
            && table.processes.contains { $0.log?.isOff == false }
    }

    /// Where the server that is up stopped during the last visit, or while it came up, at calls
    /// that it could have written down.
    package var stoppedSites: [CallSite] {
        guard let images = recorder?.code.images else { return [] }
        return stoppedCalls.compactMap { address in
            images.first { address >= $0.start && address < $0.end }.map { image in
                CallSite(
                    module: trace.modules[Int(image.module)],
                    offset: image.fileOffset &+ (address - image.start))
            }
        }
    }

    /// Launches a server and lets it go on from `main` writing its calls down; one that has no
    /// `main`, or other tasks by then, goes on as any other.
    mutating func startRecorded(
        _ launch: Launch, _ windows: [String: [CallWindow]]
    ) throws(TracingError) {
        var launch = launch
        if let recorder = ServerRecorder() {
            launch.descriptors.append(
                Launch.Descriptor(
                    number: Int32(CLINUX_TEMPLATE_MEMORY), source: recorder.descriptor))
            serverRecorder = consume recorder
            start = TemplateStart(inputFolders: [], isToBeCopied: false)
        }
        let root = try launch.start()
        beginRoot(root)
        resume(root)
        guard start != nil else { return }
        try follow()
        guard start?.isAtMain == true else { return }
        start = nil
        let space = mappings(of: 0)
        if serverRecorder?.adopt(root, windows, trace: trace, addressSpace: space) == true,
            let recorder = serverRecorder?.recorder
        {
            table.processes[0].sharesTemplate = true
            options.watch = .records
            beginRecording(recorder)
        }
        resume(root)
    }
}
