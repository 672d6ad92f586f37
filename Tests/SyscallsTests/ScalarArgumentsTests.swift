import Syscalls
import Testing

@Suite("Scalar arguments")
struct ScalarArgumentsTests {
    @Test("every row names a call once, with argument registers that exist")
    func rows() {
        let rows = SyscallNumber.scalarArgumentRows
        for (name, arguments) in rows {
            let number = SyscallNumber(name: name)
            #expect(number?.name == name)
            #expect(number?.scalarArguments.map(\.index) == arguments.map(\.0))
            #expect(arguments.allSatisfy { (0..<6).contains($0.0) })
        }
        #expect(Set(rows.map(\.name)).count == rows.count)
    }

    @Test(
        "values are spelled as the manual pages do",
        arguments: [
            ("openat", [0o1102], "flags=O_RDWR|O_CREAT|O_TRUNC"),
            ("openat", [0], "flags=O_RDONLY"),
            ("mmap", [3, 0x22], "prot=PROT_READ|PROT_WRITE flags=MAP_PRIVATE|MAP_ANONYMOUS"),
            ("mprotect", [0], "prot=PROT_NONE"),
            (
                "socket", [2, 0x80801, 6],
                "domain=AF_INET type=SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC protocol=0x6"
            ),
            ("clone", [0x120_0011], "flags=SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID"),
            ("ioctl", [0x5401], "cmd=TCGETS"),
            ("ioctl", [0xdead], "cmd=0xdead"),
            ("futex", [0x189], "op=FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME"),
            ("newfstatat", [0x1001], "flags=AT_EMPTY_PATH|0x1"),
        ] as [(String, [UInt64], String)])
    func spelling(name: String, values: [UInt64], text: String) {
        #expect(SyscallNumber(name: name)?.describeScalarArguments(values) == text)
    }

    @Test("the kernel ignores the upper half of the register, and so does the value")
    func mask() {
        let command = ScalarArgument(index: 1, kind: .ioctlCommand)
        #expect(command.value(of: 0xffff_ffff_0000_5401) == 0x5401)
    }

    @Test("errors have the names of errno(3)")
    func errors() {
        let names = [1, 2, 11, 38, 133, 512].map { ErrorNumber(rawValue: $0).name }
        #expect(names == ["EPERM", "ENOENT", "EAGAIN", "ENOSYS", "EHWPOISON", "errno 512"])
    }
}
