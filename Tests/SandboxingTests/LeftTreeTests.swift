import Foundation
import TestCases
import TestSupport
import Testing

@testable import Sandboxing

@Suite("Trees that are left")
final class LeftTreeTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func shell(_ script: String) throws {
        let result = try Subprocess.run(["bash", "-ec", "cd \(folder.path); \(script)"])
        #expect(result.status == 0, "\(result.errors)")
    }

    private func read(_ limits: LeftTree.Limits = LeftTree.Limits()) -> [TestCase.File]? {
        let directory = unsafe open(folder.path, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        return LeftTree.read(directory, limits: limits)
    }

    private func file(
        _ path: String, _ kind: TestCase.File.Kind, mode: UInt16 = 0o644
    ) -> TestCase.File {
        .init(path: Bytes(path.utf8), kind: kind, mode: mode)
    }

    @Test("every kind of entry comes back with its mode, parents before what is in them")
    func kinds() throws {
        try shell(
            """
            umask 022; mkdir d; printf one > d/f; chmod 600 d/f; ln d/f d/name; ln -s ../gone d/link
            mkfifo -m 640 pipe; truncate -s 5000000 hole; printf end >> hole; chmod 750 d
            """)
        #expect(
            read() == [
                file("d", .directory, mode: 0o750),
                file("d/f", .regular(Bytes("one".utf8)), mode: 0o600),
                file("d/link", .symbolicLink(target: Bytes("../gone".utf8))),
                file("d/name", .hardLink(target: Bytes("d/f".utf8))),
                file(
                    "hole",
                    .sparse(hole: 4_997_120, Bytes(repeating: 0, count: 2_880) + Bytes("end".utf8))),
                file("pipe", .fifo, mode: 0o640),
            ])
    }

    @Test("no link is followed, whatever it leads to")
    func links() throws {
        try shell(
            "ln -s /etc/passwd file; ln -s /proc folder; ln -s . loop; mkdir d; ln -s .. d/up; mkdir none"
        )
        let files = try #require(read())
        #expect(files.count == 6)
        #expect(
            files.filter { $0.kind == .directory }.map(\.path)
                == ["d", "none"].map { Bytes($0.utf8) })
    }

    @Test("what no test case can have is left out, and nothing waits for anybody")
    func leftOut() throws {
        try shell(
            """
            printf x > $'bad\\xff'; mkdir $'\\xfe'; printf y > $'\\xfe/inner'; printf z > good
            mkfifo waits; head -c 1100000 /dev/zero | tr '\\0' x > long
            """)
        #expect(read()?.map(\.path) == ["good", "waits"].map { Bytes($0.utf8) })
    }

    @Test("a tree that is too large, too deep or too many entries is none")
    func limits() throws {
        try shell("mkdir -p a/b/c; for i in 1 2 3; do printf 12345 > a/$i; done")
        #expect(read()?.count == 6)
        #expect(read(.init(entries: 6)) != nil)
        #expect(read(.init(entries: 5)) == nil)
        #expect(read(.init(depth: 2)) == nil)
        #expect(read(.init(depth: 3)) != nil)
        #expect(read(.init(treeBytes: 14)) == nil)
        #expect(read(.init(fileBytes: 4))?.count == 3)
    }

    @Test("names without an end do not fill memory")
    func names() throws {
        try shell("name=$(printf %0200d 0); for i in $(seq 500); do : > $name$i; done")
        #expect(read() == nil)
        #expect(read(.init(entries: 500))?.count == 500)
    }
}
