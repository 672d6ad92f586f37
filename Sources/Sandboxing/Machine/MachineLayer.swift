internal import CLinux
internal import Glibc
internal import Platform

/// The machine's files as a target may write to them: an overlay over each of the machine's
/// top-level folders and over what is mounted below them, whose upper side is a folder of the
/// sandbox's memory.
///
/// Pipes, sockets and locks of files belong to the overlay, so nothing passes between a target and
/// the machine through them. A folder's first change makes an entry in the upper side, or changes
/// that side's own attributes: this tells whether anything was touched.
struct MachineLayer: ~Copyable {
    /// Folders of which nothing of the machine is shown: they are made anew.
    static let foldersMadeAnew = ["/dev", "/proc", "/sys", "/tmp", "/var/tmp"]
    /// Mounts below these are not shown.
    static let foldersLeftOut =
        foldersMadeAnew + ["/home", "/root", "/boot", "/snap", "/lost+found"]
    /// Shown without what the machine has in them.
    static let emptied = ["home", "root", "run"]
    private static let untouched: Set<String> = [
        "dev", "proc", "sys", "tmp", "boot", "snap", "lost+found",
    ]
    /// Room for the staged places.
    private static let stagedSize = 4 << 20

    private struct Part {
        var path: String
        /// The top one first.
        var lowers: [String]
    }

    /// In the order in which they are mounted: a part comes after those that it lies in.
    private let parts: [Part]
    /// What is mounted where ids cannot be told: shown as it is. By its path.
    private let plain: [(path: String, descriptor: Int32)]
    private let user: TargetUser
    /// Open as long as the parts may be mounted again.
    private let descriptors: [Int32]
    /// Of each part, which of its upper sides is in use: nothing of an earlier one may come back.
    private var generations: [Int]
    /// Of the upper sides as they are before a target sees them.
    private var snapshot = Snapshot()

    /// Folder of the sandbox's memory for the upper sides, which is seen nowhere.
    private static let folder = "machine"

    private init(
        parts: [Part], plain: [(path: String, descriptor: Int32)], user: TargetUser,
        descriptors: [Int32]
    ) {
        self.parts = parts
        self.plain = plain
        self.user = user
        self.descriptors = descriptors
        generations = Array(repeating: 0, count: parts.count)
    }

    /// Takes over the mounts that clinux_spawn_worker was given, from this descriptor on; they were
    /// mounted at the paths. Nothing without paths.
    static func stage(
        _ paths: [String], from first: Int32, for user: TargetUser, without hidden: HiddenPlaces
    ) throws(SandboxError) -> MachineLayer {
        guard !paths.isEmpty else {
            return MachineLayer(parts: [], plain: [], user: user, descriptors: [])
        }
        try Mounts.mount(SealedFolder.source, "/tmp", "tmpfs", 0, "size=\(stagedSize),mode=0755")
        var trees: [(path: String, descriptor: Int32, isOwned: Bool)] = []
        for (index, path) in paths.enumerated() {
            // The first is the root, and the others are where they are on the machine.
            let place = "/tmp/machine" + (index == 0 ? "" : path)
            if index == 0 { Mounts.makeDirectory(place, mode: 0o755) }
            var status = stat()
            let tree = first + Int32(index)
            guard unsafe fstat(tree, &status) == 0,
                unsafe clinux_attach_mount(tree, place) == 0
            else { continue }
            close(tree)
            let descriptor = unsafe open(place, Int32(CLINUX_OPEN_PATH) | O_CLOEXEC)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            trees.append((path, descriptor, isFolder && isOwned(status, by: user)))
        }
        guard let root = trees.first, root.path == "/", root.isOwned else {
            throw SandboxError(
                SystemError(code: EOPNOTSUPP, operation: "give the machine's files owners"),
                remedy: "the file system of / cannot tell ids (idmapped mounts need ext4, xfs, "
                    + "btrfs or tmpfs, Linux 5.19 and a root outside of containers)")
        }
        let staged = "/tmp/staged"
        Mounts.makeDirectory(staged, mode: 0o755)
        let names = try folders(of: root.descriptor).filter { !hidden.paths.contains("/" + $0) }
        fill(staged, machine: "/tmp/machine", names: names, user: user, without: hidden)
        let layer = unsafe open(staged, Int32(CLINUX_OPEN_PATH) | O_CLOEXEC)
        var parts = names.map { name in
            let above = isFolder(staged + "/" + name) ? ["/proc/self/fd/\(layer)/\(name)"] : []
            let below = emptied.contains(name) ? [] : ["/proc/self/fd/\(root.descriptor)/\(name)"]
            return Part(path: "/" + name, lowers: above + below)
        }.filter { part in
            !part.lowers.isEmpty
                && (part.path == "/run" || !trees.contains { $0.path == part.path })
        }
        for tree in trees.dropFirst() where tree.isOwned && !isEmptied(tree.path) {
            let above =
                isFolder(staged + tree.path) ? ["/proc/self/fd/\(layer)" + tree.path] : []
            parts.append(
                Part(path: tree.path, lowers: above + ["/proc/self/fd/\(tree.descriptor)"]))
        }
        let plain = trees.dropFirst().filter { !$0.isOwned && !isEmptied($0.path) }.map {
            (path: $0.path, descriptor: sealed($0.descriptor, of: $0.path, without: hidden))
        }
        try Mounts.makeReadOnly("/tmp")
        return MachineLayer(
            parts: parts.sorted { $0.path < $1.path },
            plain: plain,
            user: user, descriptors: trees.map(\.descriptor) + [layer])
    }

    /// Whether there is any.
    var isThere: Bool { !parts.isEmpty }
}

extension MachineLayer {
    /// Mounts all parts over empty upper sides.
    mutating func mount(over scratch: Int32) throws(SandboxError) {
        snapshot.truncate(to: 0)
        guard isThere else { return }
        unsafe mkdirat(scratch, Self.folder, 0o700)
        for index in parts.indices { try mount(index, over: scratch) }
    }

    /// Takes all parts away, those in others first.
    func unmount() {
        for part in parts.reversed() { unsafe clinux_unmount(part.path, Int32(MNT_DETACH)) }
    }

    /// Mounts the parts anew that a target may have touched, and those in them; returns their paths.
    /// Nil where an upper side cannot be emptied.
    mutating func renew(
        over scratch: Int32, fineTimes: Bool, removalLimit: UInt32
    ) throws(SandboxError) -> [String]? {
        var renewed: [String] = []
        for index in parts.indices {
            let path = parts[index].path
            let isInRenewed = renewed.contains { path.hasPrefix($0 + "/") }
            guard
                isInRenewed || index >= snapshot.count
                    || !snapshot.holds(index..<index + 1, fineTimes: fineTimes)
            else { continue }
            unsafe clinux_unmount(path, Int32(MNT_DETACH))
            let old = name(of: index)
            let folder = unsafe openat(scratch, old, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { return nil }
            defer { close(folder) }
            guard clinux_empty_directory(folder, removalLimit) >= 0 else { return nil }
            _ = unsafe clinux_remove(scratch, old, 1)
            generations[index] += 1
            try mount(index, over: scratch)
            renewed.append(path)
        }
        if !renewed.isEmpty { snapshot.truncate(to: 0) }
        return renewed
    }

    /// Says that nothing in the parts is made by the worker any more before a target sees them.
    mutating func handOver(in scratch: Int32) {
        if snapshot.count < parts.count {
            for index in parts.indices where !snapshot.add(name(of: index) + "/upper", in: scratch)
            {
                break
            }
        }
        snapshot.begin()
    }

    private func name(of index: Int) -> String {
        "\(Self.folder)/\(index).\(generations[index])"
    }

    private func mount(_ index: Int, over scratch: Int32) throws(SandboxError) {
        let part = parts[index]
        let upper = name(of: index) + "/upper"
        let work = name(of: index) + "/work"
        unsafe mkdirat(scratch, name(of: index), 0o700)
        unsafe mkdirat(scratch, upper, 0o755)
        unsafe mkdirat(scratch, work, 0o700)
        // The top folder's own attributes are those of the upper side.
        if let lower = part.lowers.last {
            var status = stat()
            guard unsafe stat(lower, &status) == 0 else { return }
            unsafe fchownat(scratch, upper, status.st_uid, status.st_gid, 0)
            unsafe fchmodat(scratch, upper, status.st_mode & 0o7777, 0)
            _ = unsafe clinux_set_times(scratch, upper, Int64(status.st_mtim.tv_sec))
        }
        let memory = "/proc/self/fd/\(scratch)/"
        var flags = UInt64(MS_NODEV)
        // In a namespace of its own a target can become nobody through a file that it was not before.
        if user == .ordinary { flags |= UInt64(MS_NOSUID) }
        try Mounts.mount(
            SealedFolder.source, part.path, "overlay", flags,
            "lowerdir=\(part.lowers.joined(separator: ":")),upperdir=\(memory)\(upper),"
                + "workdir=\(memory)\(work),userxattr")
        for plain in plain where plain.path.hasPrefix(part.path + "/") {
            try Mounts.bind("/proc/self/fd/\(plain.descriptor)", at: plain.path)
        }
    }

    // MARK: Staging

    private static func fill(
        _ staged: String, machine: String, names: [String], user: TargetUser,
        without hidden: HiddenPlaces
    ) {
        let passwd = (try? SmallFile.text("/etc/passwd")) ?? ""
        let group = (try? SmallFile.text("/etc/group")) ?? ""
        let places = StagedPlaces(
            at: staged, machine: machine, accounts: Accounts(passwd: passwd, group: group),
            firstID: user.machineOwner)
        for name in names where emptied.contains(name) { places.makeEmpty("/" + name) }
        if names.contains("run") { places.copyFolders(of: "/run") }
        places.lockPasswords(passwd: passwd, group: group)
        for path in hidden.inside("/") { places.hide("/" + path) }
        places.makeStandingPlaces()
    }

    /// A folder without owners as an overlay; what is none, or of what the kernel makes none, as it is.
    private static func sealed(
        _ descriptor: Int32, of path: String, without hidden: HiddenPlaces
    ) -> Int32 {
        let place = "/tmp/sealed.\(descriptor)"
        Mounts.makeDirectory(place, mode: 0o755)
        let folder = "/proc/self/fd/\(descriptor)"
        do throws(SystemError) {
            try SealedFolder.mount(
                folder, at: place, memory: place + ".memory", without: hidden.inside(path))
        } catch {
            return descriptor
        }
        return unsafe open(place, Int32(CLINUX_OPEN_PATH) | O_CLOEXEC)
    }

    private static func isOwned(_ status: stat, by user: TargetUser) -> Bool {
        // A file system that tells no ids gives nobody's, 65534, which is no id of the worker's.
        user.machineOwner..<user.machineOwner + 65_536 ~= status.st_uid && status.st_uid != 65_534
    }

    private static func isEmptied(_ path: String) -> Bool {
        emptied.contains { path == "/\($0)" || path.hasPrefix("/\($0)/") }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The top-level folders of the machine that get a part.
    private static func folders(of root: Int32) throws(SandboxError) -> [String] {
        let path = "/proc/self/fd/\(root)/"
        do throws(SystemError) {
            return try FolderNames.read(path).filter {
                !untouched.contains($0) && MountTable.canBeOption($0) && isFolder(path + $0)
            }
        } catch {
            throw SandboxError(error, remedy: "")
        }
    }
}
