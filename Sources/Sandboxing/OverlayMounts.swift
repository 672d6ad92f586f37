internal import CLinux
internal import Glibc
internal import Platform

/// The mounts behind a sandbox's overlays, kept like those of ``ExposedMounts``.
struct OverlayMounts: ~Copyable {
    /// Those that are inside no other.
    private let overlays: [Overlay]
    /// One open descriptor for each of them.
    private let descriptors: [Int32]

    /// Makes the files, in memory of their own, which nobody can write to afterwards.
    static func stage(_ all: [Overlay], owner: UInt32) throws(SandboxError) -> OverlayMounts {
        guard !all.isEmpty else { return OverlayMounts(overlays: [], descriptors: []) }
        let sorted = all.sorted { $0.path < $1.path }
        let outer = sorted.filter { overlay in !sorted.contains { overlay.isBelow($0) } }
        try Mounts.mount(
            SealedFolder.source, "/tmp", "tmpfs", UInt64(MS_NOSUID | MS_NODEV),
            "size=\(2 * Overlay.capacity),mode=0755")
        for (index, overlay) in outer.enumerated() {
            for inner in [overlay] + sorted.filter({ $0.isBelow(overlay) }) {
                let place = "/tmp/\(index)" + inner.path.dropFirst(overlay.path.count)
                try make(inner, at: place, owner: owner)
            }
        }
        try Mounts.makeReadOnly("/tmp")
        let descriptors = outer.indices.map {
            unsafe open("/tmp/\($0)", Int32(CLINUX_OPEN_PATH) | O_CLOEXEC)
        }
        return OverlayMounts(overlays: outer, descriptors: descriptors)
    }

    /// Binds over what the host has.
    func revealOutsideWritablePlaces(below folder: String = "") throws(SandboxError) {
        for (overlay, descriptor) in zip(overlays, descriptors)
        where !overlay.isInWritablePlace && overlay.path.hasPrefix(folder + "/") {
            try Mounts.bind("/proc/self/fd/\(descriptor)", at: overlay.path)
        }
    }

    /// Binds into the writable places, which must be fresh.
    func revealInWritablePlaces(below folder: String = "") throws(SandboxError) {
        for (overlay, descriptor) in zip(overlays, descriptors)
        where overlay.isInWritablePlace && overlay.path.hasPrefix(folder + "/") {
            let folders = overlay.path.split(separator: "/").dropLast()
            Mounts.makeDirectories(folders.joined(separator: "/"))
            if overlay.content == .folder {
                Mounts.makeDirectory(overlay.path, mode: 0o755)
            } else {
                Mounts.makeFile(overlay.path)
            }
            try Mounts.bind("/proc/self/fd/\(descriptor)", at: overlay.path)
        }
    }

    private static func make(
        _ overlay: Overlay, at place: String, owner: UInt32
    ) throws(SandboxError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        switch overlay.content {
        case .folder: Mounts.makeDirectory(place, mode: 0o755)
        case .link(let target): _ = unsafe symlink(target, place)
        case .file(let bytes):
            let file = unsafe open(place, flags, 0o600)
            defer { close(file) }
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(file, buffer.baseAddress, buffer.count)
            }
            guard file >= 0, written == bytes.count else {
                throw SandboxError(
                    SystemError.last("make the overlay of \(overlay.path) in the sandbox"),
                    remedy: "all overlays together may hold \(Overlay.capacity >> 20) MB")
            }
        }
        // For a sandbox of one user there is nobody else to give it to.
        unsafe lchown(place, owner, owner)
        // After the change of owner, which takes bits away.
        if case .link = overlay.content { return }
        unsafe chmod(place, mode_t(overlay.mode & 0o7777))
    }
}
