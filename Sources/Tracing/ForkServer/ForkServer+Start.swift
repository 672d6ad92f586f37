internal import CLinux
internal import Glibc
internal import Platform
internal import Syscalls
internal import TestCases
internal import Traces

extension ForkServer {
    /// Launches a program up to `main`, tracing it, and makes it a template.
    ///
    /// The launch's descriptors and directory are of no account: each copy has its own. Throws
    /// the reason why copies of the program would not be like fresh starts; nothing of it is
    /// alive then. `records` makes room for ``record()``.
    package static func start(
        _ launch: Launch, in session: inout TraceSession, options: TraceOptions,
        inputFolders: [String], records: Bool = false
    ) throws(ForkServerObstacle) -> ForkServer {
        // Whatever the loader would bind on first use is bound once for all copies; they do not
        // see the variable, as they have their own environments.
        var eager = launch
        eager.environment.append(
            TestCase.Variable(name: Array("LD_BIND_NOW".utf8), value: Array("1".utf8)))
        do throws(ForkServerObstacle) {
            return try make(eager, in: &session, options, inputFolders, records)
        } catch {
            guard case .endsBeforeMain = error else { throw error }
            return try make(launch, in: &session, options, inputFolders, records)
        }
    }

    private static func make(
        _ launch: Launch, in session: inout TraceSession, _ options: TraceOptions,
        _ inputFolders: [String], _ records: Bool
    ) throws(ForkServerObstacle) -> ForkServer {
        var (socket, memory): (Int32, Int32) = (-1, -1)
        guard let prepared = unsafe clinux_template_make(&socket, &memory) else {
            throw .refused(SystemError.last("make the memory of a fork server"))
        }
        var launch = launch
        launch.descriptors += [
            Launch.Descriptor(number: Int32(CLINUX_TEMPLATE_SOCKET), source: socket),
            Launch.Descriptor(number: Int32(CLINUX_TEMPLATE_MEMORY), source: memory),
        ]
        do throws(ForkServerObstacle) {
            return try unsafe settle(launch, in: &session, options, inputFolders, records, prepared)
        } catch {
            unsafe clinux_template_free(prepared)
            throw error
        }
    }

    private static func settle(
        _ launch: Launch, in session: inout TraceSession, _ options: TraceOptions,
        _ inputFolders: [String], _ records: Bool, _ prepared: OpaquePointer
    ) throws(ForkServerObstacle) -> ForkServer {
        let start = TemplateStart(inputFolders: inputFolders)
        let isAtMain = try reachMain(launch, in: &session, options, start)
        guard isAtMain else { throw session.start?.obstacle ?? .endsBeforeMain }
        let process = session.rootProcess
        guard let arguments = TemplateMemory.arguments(of: process) else {
            session.abandon(process)
            throw .hasManyArguments
        }
        // It may name modules that the trace did not know, and not those of the fork server.
        let addressSpace = session.mappings(of: 0)
        let obstacle: ForkServerObstacle?
        do throws(ForkServerObstacle) {
            try unsafe settle(
                process, of: session, records ? addressSpace : AddressSpace(), prepared)
            obstacle = nil
        } catch {
            obstacle = error
        }
        if let obstacle {
            session.abandon(process)
            throw obstacle
        }
        session.templates.append(process)
        let entry = session.trace.threads[0].entryEvent ?? session.trace.events.count
        return unsafe ForkServer(
            prefix: session.trace.inLittleRoom, addressSpace: addressSpace,
            prefixCalls: session.trace.events[entry...].map(\.number.rawValue),
            arguments: arguments,
            owning: prepared)
    }

    private static func reachMain(
        _ launch: Launch, in session: inout TraceSession, _ options: TraceOptions,
        _ start: TemplateStart
    ) throws(ForkServerObstacle) -> Bool {
        do throws(TracingError) {
            return try session.runToMain(launch, options: options, start: start)
        } catch {
            switch error {
            case .launch(let error, _): throw .launch(error)
            case .tracer(let error): throw .refused(error)
            }
        }
    }

    /// Hands a process that stands at `main` to the prepared template.
    private static func settle(
        _ process: Int32, of session: borrowing TraceSession, _ addressSpace: AddressSpace,
        _ prepared: OpaquePointer
    ) throws(ForkServerObstacle) {
        let expected = [0, 1, 2, Int32(CLINUX_TEMPLATE_SOCKET), Int32(CLINUX_TEMPLATE_MEMORY)]
        guard openDescriptors(of: process) == expected else { throw .opensDescriptors }
        var (arguments, environment): (UInt64, UInt64) = (0, 0)
        let words: (arguments: [UInt64], environment: [UInt64])?
        do throws(SystemError) {
            try SystemError.check(
                unsafe clinux_main_arguments(process, &arguments, &environment),
                "read the registers of the fork server")
            words = try TemplateMemory.words(of: process, holding: arguments, and: environment)
        } catch {
            throw .refused(error)
        }
        guard let words else { throw .readsMuchMemory }
        let start = session.start
        let areas = CallPlaces.areas(calledIn: session.trace, at: addressSpace)
        let result = unsafe words.arguments.withUnsafeBufferPointer { arguments in
            unsafe words.environment.withUnsafeBufferPointer { environment in
                var layout = unsafe clinux_template_layout(
                    thread_id_address: start?.threadIDAddress ?? 0,
                    robust_list: start?.robustList.address ?? 0,
                    robust_list_size: start?.robustList.size ?? 0,
                    argument_words: arguments.baseAddress,
                    argument_word_count: Int32(arguments.count),
                    environment_words: environment.baseAddress,
                    environment_word_count: Int32(environment.count), areas: (areas[0], areas[1]))
                return unsafe clinux_template_settle(prepared, process, &layout)
            }
        }
        guard result == 0 else {
            throw .refused(SystemError(code: -result, operation: "prepare the fork server"))
        }
    }

    /// In ascending order.
    private static func openDescriptors(of process: Int32) -> [Int32] {
        guard let folder = unsafe opendir("/proc/\(process)/fd") else { return [] }
        defer { unsafe closedir(folder) }
        var numbers: [Int32] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 1) {
                    unsafe String(cString: $0)
                }
            }
            // But for the folder itself and the one above, all are numbers.
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers.sorted()
    }
}

extension TraceSession {
    /// Kills a process that is not to become a template after all, and waits for its end.
    func abandon(_ process: Int32) {
        clinux_kill(process, 9)
        clinux_await_end(process)
    }
}
