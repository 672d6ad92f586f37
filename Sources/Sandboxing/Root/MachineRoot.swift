internal import CLinux
internal import Glibc
internal import Platform

/// The root of a sandbox: memory with a folder for each of the machine's, and in each of these an
/// overlay, see ``SealedFolder``. The machine's own root is gone when everything is taken from it.
struct MachineRoot {
    /// Where the machine's root is until then.
    static let machine = "/.machine"

    private let mounts: [String]
    private let hidden: HiddenPlaces
    /// Folders that stay, empty, because something is mounted there.
    private let emptied: Set<String>
    private var count = 0

    /// Folders of the machine that a sandbox makes anew.
    private static let made: Set<String> = ["/dev", "/proc", "/sys", "/run", "/tmp", "/var/tmp"]
    /// Folders with mounts in them have an overlay for each of their own; no machine has so many.
    private static let limit = 600
    /// A file beside these is copied.
    private static let copiedSize = 256 << 10

    /// Moves into a new root, with the machine's below ``machine``.
    ///
    /// - Parameter table: all mounts of the machine.
    static func enter(
        _ table: MountTable, _ plan: SandboxRoot.Plan
    ) throws(SandboxError) {
        let names: [String]
        do throws(SystemError) {
            names = try FolderNames.read("/")
        } catch {
            throw SandboxError(error, remedy: "")
        }
        try Mounts.mount(
            SealedFolder.source, "/tmp", "tmpfs", UInt64(MS_NOSUID | MS_NODEV),
            "size=16m,mode=0755")
        Mounts.makeDirectory("/tmp" + machine, mode: 0o755)
        try Mounts.check(
            unsafe clinux_pivot_root("/tmp", "/tmp" + machine),
            "give the sandbox a root of its own")
        for folder in made { Mounts.makeDirectories(folder) }
        try Mounts.mount(
            SealedFolder.source, "/tmp", "tmpfs", UInt64(MS_NOSUID), "size=16m,mode=0755")
        let covers = plan.exposures.map(\.cover)
        var root = MachineRoot(
            mounts: table.allPaths, hidden: plan.hiddenPlaces.leaving(covers),
            emptied: Set(covers + table.automounts))
        for name in names { try root.show("/" + name) }
    }

    private init(mounts: [String], hidden: HiddenPlaces, emptied: Set<String>) {
        self.mounts = mounts
        self.hidden = hidden
        self.emptied = emptied.union(HiddenPlaces.homeFolders)
    }

    /// Lets the machine's root go.
    static func leaveMachine() throws(SandboxError) {
        try Mounts.check(
            unsafe clinux_unmount(machine, Int32(MNT_DETACH)), "leave the machine's root")
        unsafe rmdir(machine)
        try Mounts.check(unsafe clinux_make_only_this_read_only("/"), "make / read-only")
    }

    // MARK: Showing

    private mutating func show(_ path: String) throws(SandboxError) {
        guard !Self.made.contains(path) else { return }
        let source = Self.machine + path
        if emptied.contains(path), EntryKind(at: source) == .directory {
            SealedFolder.makeFolder(path, like: source)
            return
        }
        guard !hidden.paths.contains(path) else { return }
        switch EntryKind(at: source) {
        case .link:
            if let target = SmallFile.link(source) { _ = unsafe symlink(target, path) }
        case .directory: try showFolder(path)
        case .regular: copy(path)
        default: return
        }
    }

    private mutating func showFolder(_ path: String) throws(SandboxError) {
        let source = Self.machine + path
        SealedFolder.makeFolder(path, like: source)
        guard hasMounts(below: path) else {
            showSealed(path)
            return
        }
        guard count < Self.limit, let names = try? FolderNames.read(source) else {
            showPlain(path)
            return
        }
        for name in names { try show(path + "/" + name) }
    }

    private func hasMounts(below path: String) -> Bool {
        mounts.contains { $0.hasPrefix(path + "/") }
    }

    private mutating func showSealed(_ path: String) {
        count += 1
        do throws(SystemError) {
            try SealedFolder.mount(
                Self.machine + path, at: path, memory: "/tmp/\(count)",
                without: hidden.inside(path))
        } catch {
            // What nobody else may enter is there and closed.
            guard error.code != EACCES else { return }
            showPlain(path)
        }
    }

    private func showPlain(_ path: String) {
        guard unsafe clinux_bind(Self.machine + path, path) == 0 else { return }
        guard unsafe clinux_make_read_only(path) == 0 else {
            unsafe clinux_unmount(path, Int32(MNT_DETACH))
            return
        }
        for inner in hidden.inside(path) { Self.cover(path + "/" + inner) }
    }

    /// Has a file or folder be there and empty.
    static func cover(_ path: String) {
        switch EntryKind(at: path) {
        case .directory:
            unsafe clinux_mount(SealedFolder.source, path, "tmpfs", UInt64(MS_RDONLY), "size=4k")
        case .regular: unsafe clinux_bind("/dev/null", path)
        default: return
        }
    }

    /// A file in a folder that has no overlay.
    private func copy(_ path: String) {
        let source = Self.machine + path
        var status = stat()
        guard unsafe lstat(source, &status) == 0 else { return }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        if status.st_size > Self.copiedSize {
            unsafe clinux_bind(source, path)
            unsafe clinux_make_read_only(path)
            return
        }
        // What it may not read it has empty and closed.
        if let bytes = try? SmallFile.read(source, limit: Self.copiedSize) {
            _ = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        }
        fchmod(file, SealedFolder.mode(status))
    }
}
