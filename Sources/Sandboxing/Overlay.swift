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
