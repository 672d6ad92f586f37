import Foundation
import Glibc
import TestSupport
import Testing

@testable import Sandboxing

@Suite("Looking through folders by type")
struct TreeSearchTests {
    /// A tree with something of every kind, at several depths.
    private static func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let manager = FileManager.default
        for path in ["a/b/c", "left/out", "a/.ssh"] {
            try manager.createDirectory(
                atPath: folder.path + "/" + path, withIntermediateDirectories: true)
        }
        for path in ["a/b/pipe", "a/b/c/two\nlines", "left/out/pipe", "a/.ssh/pipe"] {
            try #require(unsafe mkfifo(folder.path + "/" + path, 0o666) == 0)
        }
        try Data("x".utf8).write(to: URL(filePath: folder.path + "/a/b/file"))
        try manager.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: "a/b")
        return folder
    }

    private static func names(_ result: TreeSearch.Result, in folder: String) -> [String] {
        result.paths.map { String($0.dropFirst(folder.count + 1)) }.sorted()
    }

    @Test("sockets, FIFOs and devices are found whatever their names, and no link is followed")
    func special() throws {
        let folder = try Self.tree()
        var search = TreeSearch(
            findsSpecial: true, depth: 9, milliseconds: 10_000,
            leftOut: [folder.path + "/left"])
        let result = search.found(below: [folder.path])
        #expect(result.isComplete)
        #expect(
            Self.names(result, in: folder.path) == ["a/.ssh/pipe", "a/b/c/two\nlines", "a/b/pipe"])
        search.depth = 2
        #expect(
            Self.names(search.found(below: [folder.path]), in: folder.path)
                == ["a/.ssh/pipe", "a/b/pipe"])
        #expect(Set(search.found(below: ["/dev"]).paths).isSuperset(of: ["/dev/null"]))
    }

    @Test("names are found, and nothing is looked for in what has one")
    func named() throws {
        let folder = try Self.tree()
        let search = TreeSearch(
            names: [".ssh", "out"], findsSpecial: true, depth: 9, milliseconds: 10_000)
        #expect(
            Self.names(search.found(below: [folder.path]), in: folder.path)
                == ["a/.ssh", "a/b/c/two\nlines", "a/b/pipe", "left/out"])
    }

    @Test("what only its owner may read is found, and what others may is not")
    func owned() throws {
        let folder = try Self.tree()
        let file = folder.path + "/a/b/file"
        let search = TreeSearch(owner: geteuid(), depth: 9, milliseconds: 10_000)
        unsafe chmod(file, 0o644)
        #expect(search.found(below: [folder.path + "/a/b"]).paths.isEmpty)
        unsafe chmod(file, 0o600)
        #expect(search.found(below: [folder.path + "/a/b"]).paths == [file])
        unsafe chmod(folder.path + "/a/b/c", 0o700)
        #expect(search.found(below: [folder.path + "/a/b"]).paths.count == 2)
    }

    @Test("a search that has no time says that it has not seen everything")
    func bounded() throws {
        let search = TreeSearch(findsSpecial: true, depth: 64, milliseconds: 0)
        #expect(!search.found(below: ["/usr"]).isComplete)
    }
}
