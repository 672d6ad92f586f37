internal import Platform

/// Something that a target sees in the place of a file or folder of the machine, which it cannot
/// change.
package struct Overlay: Hashable, Sendable, Codable {
    package enum Content: Hashable, Sendable, Codable {
        case file([UInt8])
        case link(target: String)
        /// Empty but for the overlays whose paths are below its own.
        case folder
    }

    /// Absolute, without links in it.
    package var path: String
    package var content: Content
    /// The permission bits, 0o7777 at most; links have none.
    package var mode: UInt16

    package init(path: String, content: Content, mode: UInt16) {
        self.path = path
        self.content = content
        self.mode = mode
    }

    /// The most bytes that all overlays of a sandbox hold together.
    package static let capacity = 16 << 20

    /// Whether the path is inside one of the places that are empty for each execution, so that
    /// nothing needs to be there already.
    package var isInWritablePlace: Bool {
        SandboxRoot.writablePlaces.contains { path.hasPrefix($0.path + "/") }
    }

    /// Whether the path is below that of a folder.
    package func isBelow(_ folder: Overlay) -> Bool {
        folder.content == .folder && path.hasPrefix(folder.path + "/")
    }
}

extension Overlay {
    /// The name server that a sandbox can reach, and that is played for servers and clients: where
    /// the machine's is elsewhere a target would not get as far as to ask. It is not waited for long.
    private static let resolver = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"

    /// The overlays, and one of resolv.conf(5) where none of them has it. The C library takes this
    /// name server by itself where there is no such file.
    static func withResolver(_ overlays: [Overlay]) -> [Overlay] {
        guard let path = SmallFile.resolve("/etc/resolv.conf") else { return overlays }
        let resolver = Overlay(path: path, content: .file(Array(resolver.utf8)), mode: 0o644)
        let isThere = overlays.contains { $0.path == path || resolver.isBelow($0) }
        return isThere || resolver.isInWritablePlace ? overlays : overlays + [resolver]
    }
}
