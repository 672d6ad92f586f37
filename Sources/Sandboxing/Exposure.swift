internal import Glibc

/// A folder or file that a sandbox needs although what is above it is hidden there: by a writable
/// place of the sandbox's own such as `/tmp`, or because only root may enter it, such as `/root`.
package struct Exposure: Hashable, Sendable, Codable {
    /// The topmost folder that is hidden; it appears with nothing but the exposed in it.
    let cover: String
    /// What is directly below the lowest hidden folder on the way to the file that is needed.
    package let path: String
    let isFolder: Bool

    /// What must be exposed so that a sandbox can reach the file, an absolute path without links;
    /// nil when nothing is in the way, and for what is the sandbox's own whatever the host has by
    /// that name.
    package init?(
        reaching file: String, in machine: MachineView = .readOnly,
        hiding hidden: HiddenPlaces = HiddenPlaces(paths: [])
    ) {
        guard file != Scratch.directory, !file.hasPrefix(Scratch.directory + "/") else {
            return nil
        }
        let components = file.split(separator: "/").map(String.init)
        let folders = components.indices.dropLast().map { index in
            "/" + components[...index].joined(separator: "/")
        }
        let hides = { Self.hides($0, in: machine) || hidden.covers($0) }
        guard let first = folders.firstIndex(where: hides),
            let last = folders.lastIndex(where: hides)
        else { return nil }
        cover = folders[first]
        path = folders[last] + "/" + components[last + 1]
        var status = stat()
        isFolder =
            last + 2 < components.count
            || (unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Whether a file, an absolute path without links, is of the machine as it runs: processes keep
    /// their ids, sockets and locks there, which a target makes anew.
    package static func isRuntimeState(_ file: String) -> Bool {
        ["/run", "/dev/shm"].contains { file == $0 || file.hasPrefix($0 + "/") }
    }

    var isInWritablePlace: Bool {
        SandboxRoot.writablePlaces.contains { $0.path == cover }
    }

    /// A sandbox of root runs targets as a user whom the host does not know.
    private static func hides(_ folder: String, in machine: MachineView) -> Bool {
        if SandboxRoot.writablePlaces.contains(where: { $0.path == folder }) { return true }
        guard machine == .readOnly else { return false }
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0 else { return false }
        return status.st_mode & 0o001 == 0
    }
}
