internal import CLinux
internal import Glibc
internal import Platform

/// The mounts behind a sandbox's exposures, kept in a place of their own that later mounts cover,
/// so that they can be bound again whenever the writable places are made anew.
struct ExposedMounts: ~Copyable {
    private let exposures: [Exposure]
    /// One open descriptor for each exposure.
    private let descriptors: [Int32]

    /// Takes over the mounts that clinux_spawn_worker copied, from descriptor 4 on, while the
    /// machine's root is there.
    static func stage(
        _ exposures: [Exposure], without hidden: HiddenPlaces
    ) throws(SandboxError) -> ExposedMounts {
        guard !exposures.isEmpty else { return ExposedMounts(exposures: [], descriptors: []) }
        try Mounts.mount(SealedFolder.source, "/tmp", "tmpfs", 0, "size=4m,mode=0755")
        var descriptors: [Int32] = []
        for (index, exposure) in exposures.enumerated() {
            let place = "/tmp/\(index)"
            makePlace(place, for: exposure)
            let tree = Int32(4 + index)
            try Mounts.check(
                unsafe clinux_attach_mount(tree, place), "show \(exposure.path)")
            close(tree)
            try Mounts.makeReadOnly(place)
            let path = seal(exposure, at: place, without: hidden)
            descriptors.append(unsafe open(path, Int32(CLINUX_OPEN_PATH) | O_CLOEXEC))
        }
        return ExposedMounts(exposures: exposures, descriptors: descriptors)
    }

    /// Where it is seen through an overlay; where it is as it is when the kernel makes none.
    private static func seal(
        _ exposure: Exposure, at place: String, without hidden: HiddenPlaces
    ) -> String {
        let sealed = place + ".sealed"
        Mounts.makeDirectory(sealed, mode: 0o755)
        let inner = hidden.inside(exposure.path)
        // A file is taken out of an overlay of its folder.
        let parts = exposure.path.split(separator: "/").map(String.init)
        let above = MachineRoot.machine + "/" + parts.dropLast().joined(separator: "/")
        let isLink = EntryKind(at: MachineRoot.machine + exposure.path) == .link
        do throws(SystemError) {
            try SealedFolder.mount(
                exposure.isFolder ? place : above, at: sealed, memory: place + ".memory",
                without: exposure.isFolder ? inner : [])
            guard !exposure.isFolder, let name = parts.last else { return sealed }
            let path = sealed + "/" + name
            if !isLink, FileKind(of: path) == .regular { return path }
        } catch {}
        for path in inner { MachineRoot.cover(place + "/" + path) }
        return place
    }

    /// Covers the folders that the sandbox's user may not enter with empty ones.
    func revealOutsideWritablePlaces(below folder: String = "") throws(SandboxError) {
        var covered: Set<String> = []
        for (exposure, descriptor) in zip(exposures, descriptors)
        where !exposure.isInWritablePlace && (exposure.cover + "/").hasPrefix(folder + "/") {
            if covered.insert(exposure.cover).inserted {
                try Mounts.mount(
                    SealedFolder.source, exposure.cover, "tmpfs", 0, "size=1m,mode=0755")
            }
            try bind(descriptor, exposure)
        }
    }

    /// Binds into the writable places, which must be fresh.
    func revealInWritablePlaces(below folder: String = "") throws(SandboxError) {
        for (exposure, descriptor) in zip(exposures, descriptors)
        where exposure.isInWritablePlace && (exposure.cover + "/").hasPrefix(folder + "/") {
            try bind(descriptor, exposure)
        }
    }

    private func bind(_ descriptor: Int32, _ exposure: Exposure) throws(SandboxError) {
        let components = exposure.path.split(separator: "/").dropLast()
        Mounts.makeDirectories(components.joined(separator: "/"))
        Self.makePlace(exposure.path, for: exposure)
        try Mounts.bind("/proc/self/fd/\(descriptor)", at: exposure.path)
    }

    private static func makePlace(_ path: String, for exposure: Exposure) {
        if exposure.isFolder {
            Mounts.makeDirectory(path, mode: 0o755)
        } else {
            Mounts.makeFile(path)
        }
    }
}
