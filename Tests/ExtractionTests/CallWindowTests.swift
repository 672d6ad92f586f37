import Extraction
import Platform
import TestSupport
import Testing

@Suite("Windows of system calls")
struct CallWindowTests {
    /// One function with a call frame: what stands before the call, and behind it.
    private static func window(_ code: String) throws -> CallWindow? {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            """
            __asm__(".text\\n.globl probe\\n.type probe,@function\\nprobe:\\n.cfi_startproc\\n"
                    "\(code.split(separator: ";").joined(separator: "\\n"))\\n"
                    ".cfi_endproc\\n.size probe,.-probe\\n");
            """, to: "probe.c")
        let program = folder.path + "/probe"
        // Nothing of the C library's start-up, whose bytes could look like a branch.
        let clang = try Subprocess.run(
            ["clang", "-shared", "-nostdlib", source, "-o", program])
        try #require(clang.status == 0, "\(clang)")
        let listing = try Subprocess.run(["objdump", "-d", "--disassemble=probe", program])
        let line = try #require(
            listing.output.split(separator: "\n").first { $0.contains("syscall") })
        let address = try #require(
            UInt64(line.split(separator: ":")[0].drop { $0 == " " }, radix: 16))
        // The linker puts code at offsets that are its addresses but for whole pages.
        let functions = try FunctionEntries.read(program)
        let start = try #require(functions.last { $0 % 4096 <= address % 4096 })
        let offset = start - start % 4096 + address % 4096
        return try CallWindows.read(program, ofCallsAt: [offset]).first
    }

    @Test("a jump takes the place of the instruction that loads the number")
    func before() throws {
        let window = try #require(
            try Self.window(
                "mov $39, %eax; syscall; cmp $-4096, %rax; ja 1f; ret; 1: neg %eax; ret"))
        #expect(window.before == [0xb8, 39, 0, 0, 0])
        #expect(window.after.isEmpty)
        #expect(window.call == window.start + 5)
        #expect(window.end == window.call + 2)
    }

    @Test("short instructions between a long one and the call go with it")
    func between() throws {
        let window = try #require(
            try Self.window("mov $39, %eax; mov %rdi, %rsi; xor %edx, %edx; syscall; ret"))
        #expect(window.before.count == 10)
    }

    @Test("behind a short instruction, the call and what follows are replaced")
    func behind() throws {
        let window = try #require(
            try Self.window("push %rbx; xor %eax, %eax; syscall; cmp $-4096, %rax; pop %rbx; ret"))
        #expect(window.start == window.call)
        #expect(window.before.isEmpty)
        #expect(window.after.count == 6)
    }

    @Test(
        "where something could notice, there is no window",
        arguments: [
            // A branch leads behind the call.
            "test %edi, %edi; jz 1f; xor %eax, %eax; syscall; 1: cmp $-4096, %rax; ret",
            // Flags of before are looked at.
            "xor %eax, %eax; cmp $1, %edi; syscall; je 1f; ret; 1: neg %eax; ret",
            "mov $39, %eax; cmp $1, %edi; syscall; sete %al; ret",
            // What means another thing elsewhere.
            "xor %eax, %eax; syscall; lea 0(%rip), %rax; ret",
            "lea 0(%rip), %rsi; xor %eax, %eax; syscall; ret",
            // Too short.
            "xor %eax, %eax; syscall; ret",
        ])
    func none(code: String) throws {
        #expect(try Self.window(code) == nil)
    }

    @Test("nearly all calls of the C library have one")
    func library() throws {
        let path = "/lib/x86_64-linux-gnu/libc.so.6"
        let listing = try Subprocess.run(["objdump", "-d", "--no-show-raw-insn", path])
        let calls = listing.output.split(separator: "\n").filter { $0.hasSuffix("syscall") }
            .compactMap { UInt64($0.split(separator: ":")[0].drop { $0 == " " }, radix: 16) }
        try #require(calls.count > 300)
        let windows = try CallWindows.read(path, ofCallsAt: Set(calls))
        #expect(windows.count * 100 > calls.count * 95, "\(windows.count) of \(calls.count)")
    }
}
