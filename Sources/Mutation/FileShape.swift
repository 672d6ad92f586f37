package import TestCases

/// A kind of file that programs treat in its own way.
package enum FileShape: CaseIterable, Hashable, Sendable {
    case text, otherText, empty, binary, big, sparse, zeros
    case emptyDirectory, directory, crowdedDirectory, nestedDirectory
    case symbolicLink, danglingLink, linkLoop, linkToDirectory
    case hardLink, fifo, socket, device, unreadable, unwritable, unreadableDirectory, executable

    /// The entries that make it, in order, the named one among them.
    package func files(at path: Bytes) -> [TestCase.File] {
        func file(_ kind: TestCase.File.Kind, mode: UInt16 = 0o644) -> [TestCase.File] {
            [TestCase.File(path: path, kind: kind, mode: mode)]
        }
        func directory(_ entries: [(String, TestCase.File.Kind)]) -> [TestCase.File] {
            file(.directory, mode: 0o755)
                + entries.map { name, kind in
                    let mode: UInt16 = kind == .directory ? 0o755 : 0o644
                    return TestCase.File(
                        path: path + Bytes(("/" + name).utf8), kind: kind, mode: mode)
                }
        }
        func target(_ kind: TestCase.File.Kind, mode: UInt16 = 0o644) -> [TestCase.File] {
            [TestCase.File(path: path + Bytes("-target".utf8), kind: kind, mode: mode)]
        }
        let text = Bytes("one\ntwo\nthree\n".utf8)
        let targetName = Bytes((path.split(separator: 0x2f).last ?? [])) + Bytes("-target".utf8)
        switch self {
        case .text: return file(.regular(text))
        case .otherText: return file(.regular(Bytes("one\n2\nthree\n\tfour \nfive".utf8)))
        case .empty: return file(.regular([]))
        case .binary: return file(.regular((0...255).map { UInt8($0) }))
        case .big: return file(.regular(Self.bigContent))
        case .sparse: return file(.sparse(hole: 1 << 24, [0x0a]))
        case .zeros: return file(.regular(Bytes(repeating: 0, count: 1 << 17) + text))
        case .emptyDirectory: return directory([])
        case .directory: return directory([("a", .regular(text)), ("b", .regular([0x0a]))])
        case .crowdedDirectory: return directory((0..<24).map { ("entry\($0)", .regular([])) })
        case .nestedDirectory:
            return directory([
                ("d", .directory), ("d/d", .directory), ("d/d/f", .regular(text)),
                ("l", .symbolicLink(target: Bytes("d".utf8))),
            ])
        case .symbolicLink:
            return target(.regular(text)) + file(.symbolicLink(target: targetName))
        case .danglingLink: return file(.symbolicLink(target: Bytes("nowhere".utf8)))
        case .linkLoop:
            return file(.symbolicLink(target: Bytes(path.split(separator: 0x2f).last ?? [])))
        case .linkToDirectory:
            return target(.directory, mode: 0o755) + file(.symbolicLink(target: targetName))
        case .hardLink:
            return target(.regular(text)) + file(.hardLink(target: path + Bytes("-target".utf8)))
        case .fifo: return file(.fifo)
        case .socket: return file(.socket)
        case .device: return file(.device)
        case .unreadable: return file(.regular(text), mode: 0)
        case .unwritable: return file(.regular(text), mode: 0o444)
        case .unreadableDirectory: return file(.directory, mode: 0)
        case .executable: return file(.regular(Bytes("#!/bin/sh\nexit 0\n".utf8)), mode: 0o755)
        }
    }

    /// 256 KiB of lines: past the sizes at which C libraries map memory, or map it anew.
    private static let bigContent: Bytes = {
        var bytes: Bytes = []
        bytes.reserveCapacity(1 << 18)
        var number = 0
        while bytes.count < 1 << 18 {
            bytes.append(contentsOf: "line \(number)\n".utf8)
            number += 1
        }
        return bytes
    }()
}
