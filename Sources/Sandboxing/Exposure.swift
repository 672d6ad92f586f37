internal import Glibc

/// A folder or file that a sandbox needs although what is above it is hidden there: by a writable
/// place of the sandbox's own such as `/tmp`, or because only root may enter it, such as `/root`.
package struct Exposure: Hashable, Sendable, Codable {
    /// The folder that is hidden; it appears with nothing but the exposed in it.
    let hidden: String
    /// What is directly below `hidden` on the way to the file that is needed.
    package let path: String
    let isFolder: Bool

    /// What must be exposed so that a sandbox can reach the file, an absolute path without links;
    /// nil when nothing is in the way.
    package init?(reaching file: String) {
        let components = file.split(separator: "/").map(String.init)
        var folder = ""
        for (index, component) in components.dropLast().enumerated() {
            folder += "/" + component
            guard Self.hides(folder) else { continue }
            hidden = folder
            path = folder + "/" + components[index + 1]
            isFolder = index + 2 < components.count
            return
        }
        return nil
    }

    var isInWritablePlace: Bool {
        SandboxRoot.writablePlaces.contains { $0.path == hidden }
    }

    /// A sandbox of root runs targets as a user whom the host does not know.
    private static func hides(_ folder: String) -> Bool {
        if SandboxRoot.writablePlaces.contains(where: { $0.path == folder }) { return true }
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0 else { return false }
        return status.st_mode & 0o001 == 0
    }
}
