internal import CLinux
internal import Platform
package import TestCases

/// How a target's first process is started.
package struct Launch: Sendable {
    /// What one inherited descriptor of the target is in the tracer.
    package struct Descriptor: Sendable {
        package var number: Int32
        /// An open descriptor of the tracer; it stays open. It must not be the number of another
        /// entry.
        package var source: Int32

        package init(number: Int32, source: Int32) {
            self.number = number
            self.source = source
        }
    }

    /// The user and group that the target runs as.
    package struct Identity: Sendable {
        package var user: UInt32
        package var group: UInt32
        /// The groups that it is in besides ``group``, in a namespace of its own.
        package var groups: [UInt32]
        /// In a namespace of its own, the bits of the capabilities that it keeps, and of those that
        /// it and what it executes can ever have.
        package var keptCapabilities: UInt64
        package var boundingCapabilities: UInt64
        /// Whether the target is in a user namespace of its own, where it has none of the tracer's
        /// ids below `CLINUX_INNER_FIRST`, and where its user and group are counted;
        /// otherwise they are those of the tracer's.
        package var hasOwnNamespace: Bool

        package init(
            user: UInt32, group: UInt32, groups: [UInt32] = [], keptCapabilities: UInt64 = 0,
            boundingCapabilities: UInt64 = 0, hasOwnNamespace: Bool = false
        ) {
            self.user = user
            self.group = group
            self.groups = groups
            self.keptCapabilities = keptCapabilities
            self.boundingCapabilities = boundingCapabilities
            self.hasOwnNamespace = hasOwnNamespace
        }
    }

    /// The file to execute. It is looked up from the tracer's working directory when relative.
    package var path: String
    /// The argument vector, the program's name first. Bytes from the first NUL on are cut.
    package var arguments: [Bytes]
    package var environment: [TestCase.Variable]
    /// An open directory to start in, nil for the tracer's own.
    package var workingDirectory: Int32?
    /// Every descriptor that is not named is closed.
    package var descriptors: [Descriptor]
    /// Pairs of an `RLIMIT_` constant and the limit, soft and hard alike.
    package var limits: [(resource: Int32, value: UInt64)] = []
    /// Nil to stay who the tracer is.
    package var identity: Identity?
    package var dropsCapabilities = false
    package var startsSession = false
    /// Whether it is the command that stands in this process's place, see
    /// ``Interruption/leavingToCommand(_:)``.
    package var isCommand = false
    /// Whether it gets a session keyring of its own.
    package var leavesKeyring = false
    /// Whether address space layout randomisation is off, for executions that repeat exactly.
    package var hasFixedAddresses = false
    /// The bits that new files do not get, see umask(2); nil for the tracer's own.
    package var fileMask: UInt16?

    /// Stops the target at what it does not let through, from its `execve` on; a fork server's
    /// copies have the filter of their template instead.
    package var filter: SyscallFilter?
    /// Whether what would reach out of a sandbox is kept from it by a filter of its own, however it
    /// is traced, see ``ForbiddenCall``; for a tracer that is root in its user namespace.
    package var isConfined = false
    /// Whether it gets no new privileges, so that filters can follow.
    package var gainsNoPrivileges = false
    /// Whether filters that follow may stop it, rather than have calls fail as where nobody traces.
    package var stopsAtFilters = false

    package init(
        path: String, arguments: [Bytes], environment: [TestCase.Variable],
        descriptors: [Descriptor]
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }

    /// A launch with the tracer's own environment, directory and standard descriptors, as a shell
    /// would start the command.
    package static func inheriting(
        path: String, arguments: [Bytes], environment: [TestCase.Variable]
    ) -> Launch {
        var launch = Launch(
            path: path, arguments: arguments, environment: environment,
            descriptors: [0, 1, 2].map { Descriptor(number: $0, source: $0) })
        launch.isCommand = true
        return launch
    }
}

extension Launch {
    /// Starts the process, seized by the calling thread and stopped behind its `execve`.
    package func start() throws(TracingError) -> Int32 {
        var stage: Int32 = 0
        let result = unsafe withKernelForm { launch in
            unsafe clinux_launch_traced(launch, &stage)
        }
        guard result > 0 else { throw failure(stage: stage, code: 0 - result) }
        return result
    }

    /// Starts the process and lets it go; only inside a sandbox, whose end is also its.
    func startUntraced() throws(TracingError) -> Int32 {
        var stage: Int32 = 0
        let result = unsafe withKernelForm(confinement: Self.untracedConfinement) { launch in
            unsafe clinux_launch_untraced(launch, &stage)
        }
        guard result > 0 else { throw failure(stage: stage, code: 0 - result) }
        return result
    }

    /// Calls a function with the launch as C has it; the pointer is valid during the call.
    func withKernelForm(
        confinement: [UInt64] = tracedConfinement,
        _ body: (UnsafePointer<clinux_launch>) -> Int32
    ) -> Int32 {
        let argumentBlock = Self.block(arguments)
        let environmentBlock = Self.block(environment)
        let descriptors = descriptors.map {
            clinux_descriptor(number: $0.number, source: $0.source)
        }
        let limits = limits.map { clinux_limit(resource: $0.resource, value: $0.value) }
        let instructions = filter?.instructions ?? []
        let groups = identity?.groups ?? []
        return unsafe groups.withUnsafeBufferPointer { groups in
            unsafe path.withKernelPath { path in
                unsafe argumentBlock.withUnsafeBufferPointer { arguments in
                    unsafe environmentBlock.withUnsafeBufferPointer { environment in
                        unsafe descriptors.withUnsafeBufferPointer { descriptors in
                            unsafe limits.withUnsafeBufferPointer { limits in
                                unsafe Self.withBoth(instructions, confinement) {
                                    instructions, confinement in
                                    var launch = unsafe clinux_launch(
                                        path: path, arguments: arguments.baseAddress ?? path,
                                        environment: environment.baseAddress ?? path,
                                        argument_count: Int32(self.arguments.count),
                                        variable_count: Int32(self.environment.count),
                                        working_directory: workingDirectory ?? -1,
                                        user: identity.map { Int32(bitPattern: $0.user) } ?? -1,
                                        group: identity.map { Int32(bitPattern: $0.group) } ?? -1,
                                        drops_capabilities: dropsCapabilities ? 1 : 0,
                                        own_namespace: identity?.hasOwnNamespace == true ? 1 : 0,
                                        kept_capabilities: identity?.keptCapabilities ?? 0,
                                        bounding_capabilities: identity?.boundingCapabilities ?? 0,
                                        groups: groups.baseAddress,
                                        group_count: Int32(groups.count),
                                        new_session: startsSession ? 1 : 0,
                                        is_job: isCommand ? 1 : 0,
                                        ends_first: isConfined ? 1 : 0,
                                        leaves_keyring: leavesKeyring ? 1 : 0,
                                        fixed_addresses: hasFixedAddresses ? 1 : 0,
                                        file_mask: fileMask.map { Int32($0) } ?? -1,
                                        descriptors: descriptors.baseAddress,
                                        descriptor_count: Int32(descriptors.count),
                                        limits: limits.baseAddress,
                                        limit_count: Int32(limits.count),
                                        filter: instructions.isEmpty
                                            ? nil : instructions.baseAddress,
                                        filter_length: Int32(instructions.count),
                                        confinement: isConfined && filter == nil
                                            ? confinement.baseAddress : nil,
                                        confinement_length: Int32(confinement.count),
                                        no_new_privileges: gainsNoPrivileges ? 1 : 0,
                                        stops_at_filters: stopsAtFilters ? 1 : 0)
                                    return unsafe body(&launch)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static let tracedConfinement = SyscallFilter(confining: true).instructions
    private static let untracedConfinement = SyscallFilter(confining: false).instructions

    private static func withBoth(
        _ first: [UInt64], _ second: [UInt64],
        _ body: (UnsafeBufferPointer<UInt64>, UnsafeBufferPointer<UInt64>) -> Int32
    ) -> Int32 {
        unsafe first.withUnsafeBufferPointer { first in
            unsafe second.withUnsafeBufferPointer { unsafe body(first, $0) }
        }
    }

    /// NUL-terminated strings one after another, each cut at its first NUL.
    private static func block(_ strings: [Bytes]) -> [CChar] {
        var block: [CChar] = []
        block.reserveCapacity(strings.reduce(0) { $0 + $1.count + 1 })
        for string in strings {
            append(string, to: &block)
            block.append(0)
        }
        return block
    }

    private static func block(_ variables: [TestCase.Variable]) -> [CChar] {
        var block: [CChar] = []
        block.reserveCapacity(variables.reduce(0) { $0 + $1.name.count + $1.value.count + 2 })
        for variable in variables {
            if append(variable.name, to: &block) {
                block.append(61)
                append(variable.value, to: &block)
            }
            block.append(0)
        }
        return block
    }

    /// Whether all of the bytes were appended, no NUL among them.
    @discardableResult
    private static func append(_ bytes: Bytes, to block: inout [CChar]) -> Bool {
        for byte in bytes {
            if byte == 0 { return false }
            block.append(CChar(bitPattern: byte))
        }
        return true
    }

    private func failure(stage: Int32, code: Int32) -> TracingError {
        let isExecution = Int(stage) == Int(CLINUX_LAUNCH_EXECUTE)
        let obstacle = isExecution ? ProgramFile.obstacle(at: path).map { ", \($0)" } ?? "" : ""
        let operation =
            switch Int(stage) {
            case Int(CLINUX_LAUNCH_DIRECTORY): "enter the working directory of \(path)"
            case Int(CLINUX_LAUNCH_IDENTITY): "change the identity for \(path)"
            case Int(CLINUX_LAUNCH_DESCRIPTORS): "set up the descriptors of \(path)"
            case Int(CLINUX_LAUNCH_LIMITS): "set the resource limits of \(path)"
            case Int(CLINUX_LAUNCH_FILTER): "install the filter of \(path)"
            default: "execute \(path)\(obstacle)"
            }
        return TracingError.launch(
            SystemError(code: code, operation: operation),
            isExecution: isExecution)
    }
}
