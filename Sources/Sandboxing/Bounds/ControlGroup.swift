internal import CLinux
internal import Glibc
internal import Platform

/// A group of processes whose memory and tasks the kernel bounds together, with what no process
/// maps and with page tables; removed with the value.
///
/// The processes must be gone by then. Groups that a killed Fathom has left are removed when the
/// next one is made.
package struct ControlGroup: ~Copyable {
    let folders: [String]
    package let kind: Kind

    package enum Kind: Hashable, Sendable {
        /// In the hierarchy that has all controllers.
        case unified
        /// In the older hierarchies; where there is none for tasks, memory alone.
        case separate(countsTasks: Bool)
    }

    /// What one may hold.
    package struct Bounds: Sendable {
        /// In bytes.
        package var memory: UInt64
        package var tasks: Int

        package init(memory: UInt64, tasks: Int) {
            self.memory = memory
            self.tasks = tasks
        }
    }

    /// Nil where none can be made.
    package static func make(_ bounds: Bounds) -> ControlGroup? {
        guard let groups = try? SmallFile.text("/proc/self/cgroup"),
            let mounts = try? SmallFile.text("/proc/self/mountinfo")
        else { return nil }
        let places = ControlGroupPlaces(groups: groups, mounts: mounts)
        let name = prefix + "\(getpid())-" + String(UInt32.random(in: 0...(.max)), radix: 16)
        if let unified = places.unified, let folder = makeUnified(below: unified, name) {
            let group = ControlGroup(folders: [folder], kind: .unified)
            guard set("\(bounds.memory)", folder + "/memory.max") else { return nil }
            _ = set("0", folder + "/memory.swap.max")
            _ = set("\(bounds.tasks)", folder + "/pids.max")
            return group
        }
        guard let memory = places.memory.flatMap({ makeFolder(in: $0, name) }) else { return nil }
        let tasks = places.tasks.flatMap { makeFolder(in: $0, name) }
        let group = ControlGroup(
            folders: [memory] + (tasks.map { [$0] } ?? []),
            kind: .separate(countsTasks: tasks != nil))
        guard set("\(bounds.memory)", memory + "/memory.limit_in_bytes") else { return nil }
        _ = set("\(bounds.memory)", memory + "/memory.memsw.limit_in_bytes")
        if let tasks { _ = set("\(bounds.tasks)", tasks + "/pids.max") }
        return group
    }

    private init(folders: [String], kind: Kind) {
        self.folders = folders
        self.kind = kind
    }

    deinit {
        for folder in folders { Self.remove(folder) }
    }

    /// Takes a process in, with all that comes of it from now on; false where the kernel does not
    /// allow it.
    package func add(_ process: Int32) -> Bool {
        folders.allSatisfy { Self.set("\(process)", $0 + "/cgroup.procs") }
    }

    // MARK: Folders

    private static let prefix = "fathom-"

    /// Below the group given, or beside it: a group that has processes of its own cannot share its
    /// controllers out.
    private static func makeUnified(below own: String, _ name: String) -> String? {
        let parent = own.lastIndex(of: "/").map { String(own[..<$0]) }
        for place in [own, parent].compactMap(\.self) {
            _ = set("+memory +pids", place + "/cgroup.subtree_control")
            guard let folder = makeFolder(in: place, name) else { continue }
            if unsafe access(folder + "/memory.max", W_OK) == 0 { return folder }
            remove(folder)
        }
        return nil
    }

    private static func makeFolder(in place: String, _ name: String) -> String? {
        removeLeft(in: place)
        let folder = place + "/" + name
        return unsafe mkdir(folder, 0o755) == 0 ? folder : nil
    }

    /// What a Fathom has made that is gone. The kernel removes none that has processes.
    private static func removeLeft(in place: String) {
        let directory = unsafe open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        defer { close(directory) }
        let capacity = 1 << 16
        let names = unsafe [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = max(0, Int(unsafe clinux_directory_names(directory, base, Int64(capacity))))
        }
        for bytes in names.split(separator: 0) {
            let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard name.hasPrefix(prefix),
                let maker = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }),
                kill(maker, 0) != 0, errno == ESRCH
            else { continue }
            _ = unsafe rmdir(place + "/" + name)
        }
    }

    /// The last process may still be on its way out.
    private static func remove(_ folder: String) {
        for _ in 0..<100 {
            if unsafe rmdir(folder) == 0 || errno != EBUSY { return }
            usleep(2_000)
        }
    }

    private static func set(_ value: String, _ path: String) -> Bool {
        (try? SmallFile.overwrite(path, with: value)) != nil
    }
}
