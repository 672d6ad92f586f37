import CSeccomp
import Foundation
import Phasing
import Policies
import Syscalls
import Testing
import Traces

@Suite("FilterProgram")
struct FilterProgramTests {
    static let otherArchitecture: UInt32 = 0x4000_0003

    static func rules(_ calls: SyscallSet, seed: UInt64 = 0) throws -> RuleSet {
        try PolicyFixture.policy(
            calls.map { PolicyFixture.observation($0.name) },
            options: Policy.Options(environment: false)
        ).wholeLife
    }

    static func randomCalls(_ seed: UInt64) -> SyscallSet {
        var generator = SplitMix(state: seed)
        let named = SyscallNumber.table.map { SyscallNumber(rawValue: UInt32($0.number)) }
        return SyscallSet(named.filter { _ in Bool.random(using: &generator) })
    }

    @Test("the filter answers as its map says, for every number", arguments: [1, 2, 3])
    func agreesWithMap(seed: UInt64) throws {
        let calls = Self.randomCalls(seed)
        let map = ActionMap(rules: try Self.rules(calls), denial: .error)
        let program = try FilterProgram(map)
        for raw in UInt32(0)...600 {
            let number = SyscallNumber(rawValue: raw)
            let expected: FilterAction =
                calls.contains(number) ? .allow : .error(number.isNamed ? 1 : 38)
            #expect(try program.evaluate(FilterInput(number: raw)) == expected)
        }
        #expect(try program.evaluate(FilterInput(number: 0x3fff_ffff)) == .error(38))
    }

    @Test("a call may have to pass a test of its arguments besides, and no other call")
    func requirement() throws {
        let test = ArgumentTest(0, mask: 0x0080_0000, .equal, 0)
        let calls: SyscallSet = [.clone, .execve, .clone3]
        let map = ActionMap(rules: try Self.rules(calls), denial: .error)
        let program = try FilterProgram(map.requiring(test, of: .clone, orElse: .error(77)))
        for raw in UInt32(0)...600 {
            let plain = try FilterProgram(map).evaluate(FilterInput(number: raw))
            #expect(try program.evaluate(FilterInput(number: raw)) == plain, "\(raw)")
            let marked = FilterInput(number: raw, arguments: [0x0080_0011, 0, 0, 0, 0, 0])
            let expected = raw == SyscallNumber.clone.rawValue ? .error(77) : plain
            #expect(try program.evaluate(marked) == expected, "\(raw)")
        }
        // What is denied stays so, with its own answer.
        let open = try FilterProgram(map.requiring(test, of: .seccomp, orElse: .error(77)))
        #expect(try open.evaluate(FilterInput(number: 317)) == .error(1))
    }

    @Test("a plain set is allowed and nothing else")
    func plainSet() throws {
        let calls = Self.randomCalls(8)
        let program = try FilterProgram(ActionMap(allowing: calls, denial: .kill))
        for raw in UInt32(0)...600 {
            let expected: FilterAction =
                calls.contains(SyscallNumber(rawValue: raw)) ? .allow : .killProcess
            #expect(try program.evaluate(FilterInput(number: raw)) == expected)
        }
    }

    @Test("other architectures and the x32 table are killed, a tracer's -1 is not")
    func foreignNumbers() throws {
        let program = try FilterProgram(
            ActionMap(rules: try Self.rules([.read]), denial: .kill))
        func answer(_ number: UInt32, _ architecture: UInt32) throws -> FilterAction {
            try program.evaluate(FilterInput(number: number, architecture: architecture))
        }
        let native = FilterProgram.architecture
        #expect(try answer(0, native) == .allow)
        #expect(try answer(0, Self.otherArchitecture) == .killProcess)
        #expect(try answer(0x4000_0000, native) == .killProcess)
        #expect(try answer(0xffff_fffe, native) == .killProcess)
        #expect(try answer(0xffff_ffff, native) == .error(38))
    }

    @Test("jumps farther than 255 instructions are laid out so that they arrive")
    func longJumps() throws {
        // Every other number: as many ranges as there can be.
        let calls = SyscallSet(
            (0..<UInt32(335)).map { SyscallNumber(rawValue: $0) }.filter {
                $0.rawValue % 2 == 0
            })
        let program = try FilterProgram(
            ActionMap(rules: try Self.rules(calls), denial: .kill))
        #expect(program.instructions.count > 600)
        #expect(program.instructions.contains { $0.code == 0x05 })
        for raw in UInt32(0)...600 {
            let allowed = calls.contains(SyscallNumber(rawValue: raw))
            #expect(
                try program.evaluate(FilterInput(number: raw)) == (allowed ? .allow : .killProcess))
        }
    }

    @Test("the filter agrees with the one libseccomp makes", arguments: [4, 5, 6, 7])
    func agreesWithLibseccomp(seed: UInt64) throws {
        let calls = SyscallSet(Self.randomCalls(seed).filter { ConsumerNames.contains($0) })
        let ours = try FilterProgram(ActionMap(rules: try Self.rules(calls), denial: .kill))
        let theirs = try #require(try Self.reference(allowing: calls))
        for architecture in [FilterProgram.architecture, Self.otherArchitecture, 0xc000_00b7] {
            for base in [UInt32(0), 0x4000_0000] {
                for offset in UInt32(0)...600 {
                    let input = FilterInput(number: base + offset, architecture: architecture)
                    #expect(try ours.evaluate(input) == theirs.evaluate(input))
                }
            }
        }
    }

    /// The filter that libseccomp writes for the same rules.
    static func reference(allowing calls: SyscallSet) throws -> FilterProgram? {
        let kill = FilterAction.killProcess.returnValue
        let context = unsafe seccomp_init(kill)
        guard unsafe context != nil else { return nil }
        defer { unsafe seccomp_release(context) }
        guard unsafe seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, kill) == 0 else {
            return nil
        }
        for call in calls {
            let allow = FilterAction.allow.returnValue
            guard
                unsafe seccomp_rule_add_array(context, allow, Int32(call.rawValue), 0, nil) == 0
            else { return nil }
        }
        let pipe = Pipe()
        let written = pipe.fileHandleForWriting.fileDescriptor
        guard unsafe seccomp_export_bpf(context, written) == 0 else { return nil }
        try pipe.fileHandleForWriting.close()
        return try FilterProgram(bytes: Array(pipe.fileHandleForReading.readDataToEndOfFile()))
    }

    @Test("bytes come back as the same program")
    func bytes() throws {
        let program = try FilterProgram(
            ActionMap(rules: try Self.rules([.read, .clone3]), denial: .error))
        #expect(try FilterProgram(bytes: program.bytes) == program)
        #expect(program.bytes.count == program.instructions.count * 8)
    }

    @Test("bytes that are cut anywhere are refused or still a program, never a trap")
    func truncation() throws {
        let bytes = try FilterProgram(
            ActionMap(rules: try Self.rules(Self.randomCalls(9)), denial: .error)
        ).bytes
        for count in 0..<bytes.count where count % 8 != 0 {
            #expect(throws: PolicyError.self) { try FilterProgram(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: PolicyError.self) { try FilterProgram(bytes: []) }
    }

    @Test("programs of random instructions are refused or answer, never trap")
    func randomPrograms() throws {
        var generator = SplitMix(state: 21)
        var answers = 0
        for _ in 0..<3000 {
            var instructions: [Instruction] = []
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                instructions.append(
                    Instruction(
                        code: UInt16.random(in: 0..<0xb0, using: &generator),
                        jumpTrue: UInt8.random(in: 0..<5, using: &generator),
                        jumpFalse: UInt8.random(in: 0..<5, using: &generator),
                        operand: UInt32.random(in: 0..<70, using: &generator)))
            }
            instructions.append(Instruction(code: 0x06, operand: 0x7fff_0000))
            guard let program = try? FilterProgram(instructions: instructions) else { continue }
            if (try? program.evaluate(FilterInput(number: 1))) != nil { answers += 1 }
        }
        #expect(answers > 100)
    }

    @Test("the interpreter computes as the kernel does, on a hand-written program")
    func arithmetic() throws {
        // Returns the upper half of argument 1, plus the architecture's low byte, shifted.
        let program = try FilterProgram(instructions: [
            Instruction(code: 0x20, operand: 28), Instruction(code: 0x02, operand: 3),
            Instruction(code: 0x20, operand: 4), Instruction(code: 0x54, operand: 0xff),
            Instruction(code: 0x07, operand: 0), Instruction(code: 0x60, operand: 3),
            Instruction(code: 0x0c, operand: 0), Instruction(code: 0x64, operand: 4),
            Instruction(code: 0x16, operand: 0),
        ])
        var arguments = InlineArray<6, UInt64>(repeating: 0)
        arguments[1] = 0x0000_0005_ffff_ffff
        let answer = try program.evaluate(FilterInput(number: 0, arguments: arguments))
        #expect(answer.returnValue == (5 + 0x3e) << 4)
    }

    @Test("a program over the kernel's limit is refused")
    func limit() throws {
        let many = Array(repeating: Instruction(code: 0x06, operand: 0), count: 4097)
        #expect(throws: PolicyError.self) { try FilterProgram(instructions: many) }
        #expect(try FilterProgram(instructions: Array(many.dropLast())).instructions.count == 4096)
    }
}
