import Foundation
import Glibc
import Testing

@testable import Sandboxing

@Suite("Control groups")
struct ControlGroupTests {
    /// What a Fathom would have left whose process id nobody has.
    private static func left(_ folder: String) -> String {
        folder.replacingOccurrences(of: "fathom-\(getpid())-", with: "fathom-2147483646-")
    }

    @Test("one is removed with its value, and takes what was left with it when the next is made")
    func removal() throws {
        guard let group = ControlGroup.make(.init(memory: 1 << 30, tasks: 64)) else { return }
        let folders = group.folders
        #expect(!folders.isEmpty)
        for folder in folders {
            var status = stat()
            #expect(unsafe stat(folder, &status) == 0)
            try #require(unsafe mkdir(Self.left(folder), 0o755) == 0)
        }
        _ = consume group
        for folder in folders {
            var status = stat()
            #expect(unsafe stat(folder, &status) != 0)
        }
        let next = ControlGroup.make(.init(memory: 1 << 30, tasks: 64))
        _ = consume next
        for folder in folders {
            var status = stat()
            #expect(unsafe stat(Self.left(folder), &status) != 0)
        }
    }
}
