import Testing

@testable import Sandboxing

@Suite("What a sandbox shows of hidden folders")
struct ExposureTests {
    @Test("a file below a writable place is shown by the topmost name below that place")
    func belowWritablePlace() throws {
        let exposure = try #require(Exposure(reaching: "/tmp/project/bin/tool"))
        #expect(exposure.path == "/tmp/project")
        #expect(exposure.isFolder)
        #expect(Exposure(reaching: "/usr/bin/env") == nil)
    }

    @Test(
        "what the machine has by the name of the sandbox's own directory is not shown",
        arguments: ["/tmp/scratch", "/tmp/scratch/server.conf", "/tmp/scratch/a/b"])
    func ownDirectory(file: String) {
        #expect(Exposure(reaching: file) == nil)
        #expect(Exposure(reaching: file, in: .writable) == nil)
    }

    @Test("where processes of the machine keep what they are at is told from folders of users")
    func runtimeState() {
        #expect(Exposure.isRuntimeState("/run/server/server.pid"))
        #expect(Exposure.isRuntimeState("/dev/shm/part"))
        #expect(!Exposure.isRuntimeState("/running/x"))
        #expect(!Exposure.isRuntimeState("/tmp/server.pid"))
    }

    @Test("a name that only begins like that of the sandbox's own directory is shown")
    func similarName() {
        #expect(Exposure(reaching: "/tmp/scratches/x")?.path == "/tmp/scratches")
    }
}
