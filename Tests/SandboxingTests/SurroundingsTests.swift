import Testing

@testable import Sandboxing

@Suite("Surroundings")
struct SurroundingsTests {
    private static let accounts =
        "root:x:0:0:root:/root:/bin/bash\njane:x:1000:100:J:/home/jane:/bin/zsh\n"

    @Test("the user's account keeps its name, and its home is where targets may write")
    func namedAccount() {
        #expect(
            Surroundings.account(of: 1000, in: Self.accounts)
                == "root:x:0:0:root:/root:/bin/bash\njane:x:1000:1000::/tmp/scratch:/bin/sh\n")
    }

    @Test("a user whom the machine does not know gets a name that nobody else has")
    func newAccount() {
        #expect(
            Surroundings.account(of: 1000, in: "user:x:5:5::/:/bin/sh")
                == "user:x:5:5::/:/bin/sh\nuser2:x:1000:1000::/tmp/scratch:/bin/sh\n")
    }

    @Test("a group that has a name keeps it")
    func groups() {
        let groups = "root:x:0:\nstaff:x:1000:jane\n"
        #expect(Surroundings.group(of: 1000, in: groups) == groups)
        #expect(Surroundings.group(of: 1000, in: "root:x:0:\n") == "root:x:0:\nuser:x:1000:\n")
    }

    @Test("what a harness says of a file is left alone")
    func overlaid() {
        let own = Overlay(path: "/etc/passwd", content: .file([]), mode: 0o600)
        let all = Surroundings.complete([own], for: .ordinary)
        #expect(all.filter { $0.path == own.path } == [own])
        #expect(Surroundings.complete([], for: .ordinary).contains { $0.path == own.path })
        #expect(!Surroundings.complete([], for: .root).contains { $0.path == own.path })
    }
}
