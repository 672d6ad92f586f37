internal import CLinux
internal import Glibc
internal import Platform

/// The file system that a worker and its targets see, set up once by the worker itself.
///
/// Everything of the host is there, read-only or below a layer that takes changes; `/tmp`,
/// `/var/tmp`, `/run` and `/dev/shm` are parts of one size-limited memory file system, `/proc` and
/// `/dev` are private and minimal.
package struct SandboxRoot: ~Copyable {
    /// What the worker is told by its coordinator.
    package struct Plan: Sendable, Codable {
        package var exposures: [Exposure]
        /// Bytes that all writable places hold together.
        package var scratchSize: UInt64
        /// Sockets of the host that are hidden: a read-only mount does not keep anyone from
        /// connecting to one.
        package var hiddenSockets: [String]
        /// What the target sees in the place of the machine's files; nil where a campaign was made
        /// without any, like the next.
        package var overlays: [Overlay]?
        private var targetUser: TargetUser?
        private var machineView: MachineView?
        /// The mounts of the machine that a writable one is made of, the root first.
        package private(set) var machineMounts: [String]?

        /// Whom targets run as.
        package var user: TargetUser { targetUser ?? .ordinary }

        /// How they see the machine's files.
        package var machine: MachineView { machineView ?? .readOnly }

        package init(
            exposures: [Exposure], scratchSize: UInt64, user: TargetUser = .ordinary,
            machine: MachineView = .readOnly, overlays: [Overlay] = []
        ) {
            self.exposures = exposures
            self.scratchSize = scratchSize
            self.overlays = overlays.isEmpty ? nil : overlays
            targetUser = user == .ordinary ? nil : user
            machineView = machine == .readOnly ? nil : machine
            machineMounts = machine == .readOnly ? nil : Self.mounts()
            hiddenSockets = Self.boundSockets()
        }

        /// The same sandbox on the machine as it is now.
        package func renewed() -> Plan {
            var plan = self
            plan.hiddenSockets = Self.boundSockets()
            if plan.machine == .writable { plan.machineMounts = Self.mounts() }
            return plan
        }

        /// How targets saw the machine otherwise in another sandbox: what it had; nil where they saw
        /// it alike.
        package func difference(from other: Plan) -> String? {
            if other.user != user { return "user \(other.user.name)" }
            if other.machine != machine { return "a \(other.machine.rawValue) machine" }
            return other.overlays == overlays ? nil : "other overlays"
        }

        private static func mounts() -> [String] {
            let table = MountTable((try? SmallFile.text("/proc/self/mountinfo")) ?? "")
            return Array(table.ofMachine.prefix(Int(CLINUX_MOUNT_LIMIT)))
        }

        /// Paths of `/proc/net/unix`, see proc_net(5); abstract ones end with the namespace.
        private static func boundSockets() -> [String] {
            guard let text = try? SmallFile.text("/proc/net/unix") else { return [] }
            let paths = text.split(separator: "\n").compactMap { line -> String? in
                // Seven columns, then the path, which may hold spaces.
                let columns = line.split(separator: " ", maxSplits: 7)
                guard columns.count == 8, columns[7].hasPrefix("/") else { return nil }
                return String(columns[7])
            }
            return Set(paths).sorted()
        }
    }

    /// Root of the memory file system; nothing else leads to it any more.
    private(set) var scratch: FileDescriptor
    private let exposed: ExposedMounts
    private let overlays: OverlayMounts
    private var layer: MachineLayer
    /// `/proc/sys/kernel/ns_last_pid`, opened while `/proc/sys` could be written; -1 where the
    /// kernel has none.
    private let lastProcessID: Int32
    /// Where the kernel lists the message queues of POSIX; nothing else leads to it. -1 where it
    /// has none.
    private let messageQueues: Int32
    /// What the kernel says is the size of that list while it is empty.
    private let emptyQueuesSize: Int64
    private let plan: Plan

    /// Whom targets run as.
    var user: TargetUser { plan.user }

    /// Folders that are empty for each execution, but for its test case.
    package static var writableFolders: [String] { writablePlaces.map(\.path) }

    /// The writable places: where they are seen, and the folder of the memory file system that
    /// stands behind.
    static let writablePlaces: [(path: String, folder: String)] = [
        ("/var/tmp", "var-tmp"), ("/run", "run"), ("/dev/shm", "shm"), ("/tmp", "tmp"),
    ]

    /// A folder of them that every machine has and anybody may write to, by its path behind them.
    static let lockFolder = "run/lock"

    /// The writable place that holds the file tree of a test case.
    static let treePlace = "/tmp"

    /// Folder of the memory file system for the files behind the target's descriptors, which is
    /// seen nowhere.
    static let descriptorFolder = "descriptors"

    /// Turns the calling process's mount namespace into the sandbox; `exposed` are the mounts
    /// that clinux_spawn_worker copied, from descriptor 4 on.
    package static func enter(_ plan: Plan) throws(SandboxError) -> SandboxRoot {
        guard getpid() == 1 else {
            throw SandboxError(
                SystemError(code: EPERM, operation: "set up a sandbox outside of a new namespace"),
                remedy: "workers are started by fathom fuzz")
        }
        umask(0)
        try Mounts.mount("", "/", "", UInt64(MS_REC | MS_PRIVATE), "")
        try Mounts.makeReadOnly("/")
        try Mounts.mount("proc", "/proc", "proc", UInt64(MS_NOSUID | MS_NODEV | MS_NOEXEC), "")
        try prepareKernel()
        let lastProcessID = unsafe open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC)
        try Mounts.bind("/proc/sys", at: "/proc/sys")
        try Mounts.makeReadOnly("/proc/sys")
        let messageQueues = openMessageQueues()
        let exposed = try ExposedMounts.stage(plan.exposures)
        let overlays = try OverlayMounts.stage(
            Surroundings.complete(plan.overlays ?? [], for: plan.user),
            owner: plan.user.machineOwner)
        var layer = try MachineLayer.stage(
            plan.machineMounts ?? [], from: Int32(4 + plan.exposures.count), for: plan.user)
        let nodes = try DeviceNodes.open()
        let scratch = try mountScratch(size: plan.scratchSize)
        try layer.mount(over: scratch.rawValue)
        try exposed.revealOutsideWritablePlaces()
        try overlays.revealOutsideWritablePlaces()
        try mountDevices(nodes, scratch: scratch, for: plan.user)
        try bindWritablePlaces(scratch, besides: layer)
        try exposed.revealInWritablePlaces()
        try overlays.revealInWritablePlaces()
        try hide(plan.hiddenSockets, besides: layer, exposed)
        try Mounts.check(clinux_forbid_inspection(), "protect the worker")
        return SandboxRoot(
            scratch: scratch, exposed: exposed, overlays: overlays, layer: layer,
            lastProcessID: lastProcessID, messageQueues: messageQueues,
            emptyQueuesSize: clinux_directory_size(messageQueues), plan: plan)
    }

    /// Takes back what was done to the machine's files; false where that needs fresh memory.
    mutating func renewMachine(fineTimes: Bool, removalLimit: UInt32) throws(SandboxError) -> Bool {
        guard layer.isThere else { return true }
        guard
            let renewed = try layer.renew(
                over: scratch.rawValue, fineTimes: fineTimes, removalLimit: removalLimit)
        else { return false }
        for folder in renewed {
            try exposed.revealOutsideWritablePlaces(below: folder)
            try overlays.revealOutsideWritablePlaces(below: folder)
            try Self.bindWritablePlaces(scratch, below: folder, besides: layer)
            try exposed.revealInWritablePlaces(below: folder)
            try overlays.revealInWritablePlaces(below: folder)
        }
        let renewedSockets = plan.hiddenSockets.filter { path in
            renewed.contains { path.hasPrefix($0 + "/") }
        }
        try Self.hide(renewedSockets, besides: layer, exposed)
        return true
    }

    /// Says that a target gets the machine's files now.
    mutating func handOverMachine() {
        if layer.isThere { layer.handOver(in: scratch.rawValue) }
    }

    /// The most message queues that POSIX lets one namespace have without a privilege, and more.
    private static let queueLimit: UInt32 = 65_536

    /// Removes what outlives the processes that made it.
    func removeLeftCommunication() {
        clinux_remove_ipc()
        guard messageQueues >= 0, clinux_directory_size(messageQueues) != emptyQueuesSize else {
            return
        }
        clinux_empty_directory(messageQueues, Self.queueLimit)
    }

    /// Gives the next process the id that the first one had, so that executions repeat exactly.
    func resetProcessIDs() {
        // The worker itself is 1.
        _ = unsafe pwrite(lastProcessID, "1", 1, 0)
    }

    /// Mounts fresh memory over places that could not be emptied.
    mutating func renewScratch() throws(SandboxError) {
        for place in Self.writablePlaces where Self.isBound(place.path, besides: layer) {
            unsafe clinux_unmount(place.path, Int32(MNT_DETACH))
        }
        layer.unmount()
        unsafe clinux_unmount("/tmp", Int32(MNT_DETACH))
        scratch = try Self.mountScratch(size: plan.scratchSize)
        try layer.mount(over: scratch.rawValue)
        if layer.isThere {
            try exposed.revealOutsideWritablePlaces()
            try overlays.revealOutsideWritablePlaces()
        }
        try Self.bindWritablePlaces(scratch, besides: layer)
        try exposed.revealInWritablePlaces()
        try overlays.revealInWritablePlaces()
        try Self.hide(plan.hiddenSockets, besides: layer, exposed)
    }

    // MARK: Steps

    /// Namespaced kernel settings, while `/proc/sys` can be written: nothing a target leaves in
    /// memory outlives its processes.
    private static func prepareKernel() throws(SandboxError) {
        try Mounts.check(clinux_enable_loopback(), "bring the loopback interface up")
        try Mounts.check(unsafe clinux_set_host_name(Surroundings.hostName), "set the host name")
        for (name, value) in [
            ("kernel/shm_rmid_forced", "1"), ("kernel/shmall", "16384"), ("kernel/msgmni", "16"),
            ("kernel/sem", "64 64 64 16"), ("kernel/pid_max", "1024"),
            // Any target may take any port, and has it back at once when it starts again: nothing
            // of the last connection stays behind.
            ("net/ipv4/ip_unprivileged_port_start", "0"), ("net/ipv4/tcp_max_tw_buckets", "0"),
        ] {
            // Kernels before 6.0, or before 6.14 for process ids, keep these from user namespaces;
            // then they stay as they are.
            try? SmallFile.overwrite("/proc/sys/\(name)", with: value)
        }
        try? SmallFile.overwrite("/proc/self/oom_score_adj", with: "900")
    }

    private static func openMessageQueues() -> Int32 {
        let flags = UInt64(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        guard unsafe clinux_mount("mqueue", "/tmp", "mqueue", flags, "") == 0 else { return -1 }
        defer { unsafe clinux_unmount("/tmp", Int32(MNT_DETACH)) }
        return unsafe open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    private static func mountScratch(size: UInt64) throws(SandboxError) -> FileDescriptor {
        try Mounts.mount(
            "fathom", "/tmp", "tmpfs", UInt64(MS_NOSUID | MS_NODEV | MS_NOATIME),
            "size=\(size),nr_inodes=65536,mode=0755")
        for place in writablePlaces {
            Mounts.makeDirectory("/tmp/" + place.folder, mode: 0o1777)
        }
        Mounts.makeDirectory("/tmp/" + lockFolder, mode: 0o1777)
        Mounts.makeDirectory("/tmp/" + descriptorFolder, mode: 0o777)
        do {
            return try FileDescriptor.openDirectory("/tmp")
        } catch {
            throw SandboxError(error, remedy: "")
        }
    }

    private static func mountDevices(
        _ nodes: borrowing DeviceNodes, scratch: borrowing FileDescriptor,
        for user: TargetUser
    ) throws(SandboxError) {
        try Mounts.mount(
            "fathom", "/dev", "tmpfs", UInt64(MS_NOSUID | MS_NOEXEC), "size=64k,mode=0755")
        try nodes.bind()
        Mounts.makeDirectory("/dev/pts", mode: 0o755)
        Mounts.makeDirectory("/dev/shm", mode: 0o755)
        try mountTerminals(for: user)
        for (target, link) in [
            ("pts/ptmx", "ptmx"), ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"),
            ("/proc/self/fd/1", "stdout"), ("/proc/self/fd/2", "stderr"),
        ] {
            _ = unsafe symlink(target, "/dev/" + link)
        }
        try Mounts.mount(
            "", "/dev", "", UInt64(MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC), "")
    }

    /// Terminals belong to the group `tty`, as everywhere, where the sandbox has more than one group:
    /// programs that hand one to a user demand it. A root of its own changes that itself.
    private static func mountTerminals(for user: TargetUser) throws(SandboxError) {
        let flags = UInt64(MS_NOSUID | MS_NOEXEC)
        let options = "newinstance,ptmxmode=0666,mode=0666"
        let group = unsafe getgrnam("tty").map { unsafe ",gid=\($0.pointee.gr_gid)" }
        if user == .ordinary, let group,
            unsafe clinux_mount("devpts", "/dev/pts", "devpts", flags, options + group) == 0
        {
            return
        }
        try Mounts.mount("devpts", "/dev/pts", "devpts", flags, options)
    }

    /// Of the writable places, `/run` is a part of a writable machine.
    private static func isBound(_ path: String, besides layer: borrowing MachineLayer) -> Bool {
        path != "/run" || !layer.isThere
    }

    private static func bindWritablePlaces(
        _ scratch: borrowing FileDescriptor, below folder: String = "",
        besides layer: borrowing MachineLayer
    ) throws(SandboxError) {
        for place in writablePlaces
        where place.path.hasPrefix(folder + "/") && isBound(place.path, besides: layer) {
            // Through the descriptor: the last of them covers the path of the file system itself.
            let source = "/proc/self/fd/\(scratch.rawValue)/\(place.folder)"
            var status = stat()
            guard unsafe stat(place.path, &status) == 0 else { continue }
            try Mounts.bind(source, at: place.path)
        }
    }

    /// Through a layer nobody can connect to them, unless their folder is shown in it as it is.
    private static func hide(
        _ sockets: [String], besides layer: borrowing MachineLayer,
        _ exposed: borrowing ExposedMounts
    ) throws(SandboxError) {
        for path in sockets where !layer.covers(path) || exposed.shows(path) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
                continue
            }
            try Mounts.bind("/dev/null", at: path)
        }
    }
}
