internal import CLinux
internal import Glibc
internal import Platform

/// The file system that a worker and its targets see, set up once by the worker itself.
///
/// The root is the sandbox's own. Of the machine's files those are there that a target may see, below
/// overlays (``MachineRoot``), or below a layer that takes changes; `/tmp`, `/var/tmp`, `/run` and
/// `/dev/shm` are parts of one size-limited memory file system, `/proc`, `/sys` and `/dev` are private
/// and minimal.
package struct SandboxRoot: ~Copyable {
    /// Root of the memory file system; nothing else leads to it any more.
    private(set) var scratch: FileDescriptor
    private let exposed: ExposedMounts
    private let overlays: OverlayMounts
    private var layer: MachineLayer
    private let reach: ReachCheck
    /// Folders and files of the machine that are seen as they are, and not through overlays.
    let unsealed: [String]
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
        // While the machine's own files can be read, and by nothing that would load code from there.
        let surroundings = Surroundings.complete(plan.overlays ?? [], for: plan.user)
        let terminalGroup = Accounts.ofMachine().group(named: "tty")
        let nodes = try DeviceNodes.open()
        try MachineRoot.enter(
            MountTable((try? SmallFile.text("/proc/self/mountinfo")) ?? ""), plan)
        try mountKernelFiles()
        try prepareKernel()
        let lastProcessID = unsafe open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC)
        try Mounts.bind("/proc/sys", at: "/proc/sys")
        try Mounts.makeReadOnly("/proc/sys")
        let messageQueues = openMessageQueues()
        let exposed = try ExposedMounts.stage(plan.exposures, without: plan.hiddenPlaces)
        let overlays = try OverlayMounts.stage(surroundings, owner: plan.user.machineOwner)
        var layer = try MachineLayer.stage(
            plan.machineMounts ?? [], from: Int32(4 + plan.exposures.count), for: plan.user,
            without: plan.hiddenPlaces.leaving(plan.exposures.map(\.cover)))
        let scratch = try mountScratch(size: plan.scratchSize)
        try layer.mount(over: scratch.rawValue)
        try exposed.revealOutsideWritablePlaces()
        try overlays.revealOutsideWritablePlaces()
        try mountDevices(nodes, terminalGroup: terminalGroup, for: plan.user)
        try bindWritablePlaces(scratch, besides: layer)
        try exposed.revealInWritablePlaces()
        try overlays.revealInWritablePlaces()
        try MachineRoot.leaveMachine()
        let reach = ReachCheck.ofAllMounts()
        reach.cover()
        try Mounts.check(clinux_forbid_inspection(), "protect the worker")
        return SandboxRoot(
            scratch: scratch, exposed: exposed, overlays: overlays, layer: layer, reach: reach,
            unsealed: reach.mounts,
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
        if !renewed.isEmpty { reach.cover() }
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
        reach.cover()
    }

    // MARK: Steps

    /// What the kernel makes up, of this sandbox's namespaces.
    private static func mountKernelFiles() throws(SandboxError) {
        let flags = UInt64(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        try Mounts.mount("proc", "/proc", "proc", flags, "")
        if unsafe clinux_mount("sysfs", "/sys", "sysfs", flags, "") == 0 {
            // Runtimes ask it how much there is of the machine.
            let groups = "/sys/fs/cgroup"
            unsafe clinux_bind(MachineRoot.machine + groups, groups)
        } else {
            // Where a container covers parts of it the kernel gives no other one.
            try Mounts.bind(MachineRoot.machine + "/sys", at: "/sys")
        }
        try Mounts.makeReadOnly("/sys")
    }

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
            SealedFolder.source, "/tmp", "tmpfs", UInt64(MS_NOSUID | MS_NODEV | MS_NOATIME),
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
        _ nodes: borrowing DeviceNodes, terminalGroup: UInt32?, for user: TargetUser
    ) throws(SandboxError) {
        try Mounts.mount(
            SealedFolder.source, "/dev", "tmpfs", UInt64(MS_NOSUID | MS_NOEXEC),
            "size=64k,mode=0755")
        try nodes.bind()
        Mounts.makeDirectory("/dev/pts", mode: 0o755)
        Mounts.makeDirectory("/dev/shm", mode: 0o755)
        try mountTerminals(group: terminalGroup, for: user)
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
    private static func mountTerminals(
        group: UInt32?, for user: TargetUser
    ) throws(SandboxError) {
        let flags = UInt64(MS_NOSUID | MS_NOEXEC)
        let options = "newinstance,ptmxmode=0666,mode=0666"
        let group = group.map { ",gid=\($0)" }
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
}
