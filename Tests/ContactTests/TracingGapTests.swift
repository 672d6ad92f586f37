import Contact
import Syscalls
import Testing

@Suite("Gaps of tracing")
struct TracingGapTests {
    @Test(
        "what is no system call, of another table or without its rights is named, and nothing else")
    func gaps() throws {
        let read = try #require(SyscallNumber(name: "read"))
        let ring = try #require(SyscallNumber(name: "io_uring_enter"))
        let other = SyscallNumber(rawValue: 4 | SyscallNumber.compatibilityMark)
        #expect(TracingGap.found(in: [read], privileged: []).isEmpty)
        #expect(
            TracingGap.found(in: [read, ring, other, ring], privileged: ["/usr/bin/su"])
                == [.ring, .otherArchitecture, .privileges(image: "/usr/bin/su")])
    }
}
