internal import Foundation
internal import Platform
package import Sandboxing
internal import TestCases

/// The part of a harness that says whom its target runs as and what it sees of the machine.
extension Harness {
    /// Takes over overlays as they are written, by the paths that they stand for.
    mutating func replace(
        _ forms: [String: FileForm], from places: FilePlaces, file: String, text: String
    ) throws(HarnessError) {
        for (path, form) in forms.sorted(by: { $0.key < $1.key }) {
            let failure = { (problem: String) in
                HarnessError(
                    file: file, line: HarnessError.line(of: path, in: text), problem: problem)
            }
            guard path.hasPrefix("/"), TestCase.File.isPath(Bytes(path.utf8.dropFirst())) else {
                throw failure("overlays: \"\(path)\" is no absolute path without . and ..")
            }
            let made = try form.file(at: path, from: places, file: file, text: text)
            let content: Overlay.Content
            switch made.kind {
            case .regular(let bytes): content = .file(bytes)
            case .directory: content = .folder
            case .symbolicLink(let target):
                content = .link(target: String(decoding: target, as: UTF8.self))
            default: throw failure("overlays: \(path) must be a file, a directory or a link")
            }
            let overlay = Overlay(
                path: Self.withoutLinks(path), content: content, mode: made.mode)
            if let obstacle = obstacle(to: overlay) { throw failure("overlays: \(obstacle)") }
            overlays.append(overlay)
        }
        let size = overlays.reduce(0) { $0 + $1.size }
        guard size <= Overlay.capacity else {
            throw HarnessError(
                file: file, line: HarnessError.line(of: "overlays", in: text),
                problem: "overlays hold \(size >> 20) MB, and \(Overlay.capacity >> 20) fit")
        }
    }

    /// Why nothing can be put there; `overlay` comes after those above it.
    private func obstacle(to overlay: Overlay) -> String? {
        if overlays.contains(where: { overlay.isBelow($0) }) { return nil }
        if case .link = overlay.content {
            return "\(overlay.path) is a link, which only a folder of overlays can hold"
        }
        if overlay.isInWritablePlace { return nil }
        var isDirectory: ObjCBool = false
        guard
            unsafe FileManager.default.fileExists(
                atPath: overlay.path, isDirectory: &isDirectory)
        else {
            return "nothing is at \(overlay.path); what is there can be replaced, or anything in "
                + SandboxRoot.writableFolders.sorted().joined(separator: ", ")
        }
        guard isDirectory.boolValue != (overlay.content == .folder) else { return nil }
        return "\(overlay.path) is "
            + (isDirectory.boolValue ? "a folder; give { directory: true }" : "no folder")
    }

    /// With the links in it resolved, those to the sandbox's own places included.
    private static func withoutLinks(_ path: String) -> String {
        if let resolved = SmallFile.resolve(path) { return resolved }
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last, parts.count > 1 else { return path }
        let parent = withoutLinks("/" + parts.dropLast().joined(separator: "/"))
        return parent + "/" + name
    }
}

extension Overlay {
    fileprivate var size: Int {
        if case .file(let bytes) = content { bytes.count } else { 0 }
    }
}

extension Harness {
    /// The memory for the files that a target changes: those of a database are large.
    private static let writableSize: UInt64 = 512 << 20

    /// Has the target see the machine so.
    package mutating func see(_ view: MachineView) {
        machine = view
        if view == .writable { bounds.scratchSize = max(bounds.scratchSize, Self.writableSize) }
    }
}

/// `machine: "writable"`.
struct MachineForm: Decodable {
    let view: MachineView

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let view = MachineView(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(name)\" is neither \"read-only\" nor \"writable\"")
        }
        self.view = view
    }
}

/// `user: "root"`, or an account of the machine.
struct UserForm: Decodable {
    let user: TargetUser

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        switch name {
        case "ordinary": user = .ordinary
        case "root": user = .root
        default:
            guard let account = Accounts.ofMachine().account(named: name) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription:
                        "\"\(name)\" is neither \"root\" nor \"ordinary\" nor an account in "
                        + "/etc/passwd")
            }
            user = .account(account)
        }
    }
}
