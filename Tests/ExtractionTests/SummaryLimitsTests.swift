import Testing

@testable import Extraction

@Suite("limits of summaries")
struct SummaryLimitsTests {
    private func file(_ body: [UInt8]) throws -> ElfFile {
        try ElfFile.read(try CompiledProgram.file(FlatProgram.bytes(body)))
    }

    private func limits(
        repeated: Int = 1 << 20, references: Int = 1000, sites: Int = 1000
    ) -> SummaryLimits {
        var limits = SummaryLimits(codeSize: 0)
        limits.repeated = repeated
        limits.references = references
        limits.sites = sites
        return limits
    }

    @Test("a file with too many references or system calls is refused in one sentence")
    func refusal() throws {
        let calls = [UInt8]((0..<1001).flatMap { _ in [0xe8, 0, 0, 0, 0] as [UInt8] })
        let syscalls = [UInt8]((0..<1001).flatMap { _ in [0x0f, 0x05] as [UInt8] })
        for (body, what) in [
            (calls, "1000 references"), (syscalls, "1000 system call instructions"),
        ] {
            let file = try file(body)
            let error = #expect(throws: ExtractionError.self) {
                try Summary(of: file, limits: limits())
            }
            #expect(error?.description.contains(file.path) == true)
            #expect(error?.description.contains("more than \(what)") == true)
        }
        // The header decodes as code that enters them in two more ways, each with its own sites.
        let fewer = Array(syscalls.prefix(2 * 300)) + [0xf4]
        #expect(try Summary(of: file(fewer), limits: limits()).sites.count >= 300)
    }

    @Test("what begins in the middle of an instruction is found with few and many references")
    func middles() throws {
        // A jump back into the immediate of `mov $0x9090050f, %eax`.
        let body: [UInt8] = [0xb8, 0x0f, 0x05, 0x90, 0x90, 0xe8, 0xf7, 0xff, 0xff, 0xff, 0xc3]
        for repeated in [0, 1 << 20] {
            let summary = try Summary(of: file(body), limits: limits(repeated: repeated))
            let sites = summary.sites.map(\.address)
            #expect(sites == [FlatProgram.start + 1])
            #expect(summary.function(containing: FlatProgram.start + 1) != nil)
        }
    }

    @Test("a function longer than those of programs keeps no notes of its arguments")
    func overlong() {
        var notes = ArgumentNotes()
        notes.note(1, .set(Register.arguments[0], 7))
        notes.note(2, .call)
        #expect(notes.evaluate(in: 0..<10).constants.count == 1)
        for address in 0..<(1 << 20) as Range<UInt64> { notes.note(address, .leave) }
        #expect(notes.evaluate(in: 0..<10).constants.isEmpty)
        notes.clear()
        notes.note(1, .set(Register.arguments[0], 7))
        notes.note(2, .call)
        #expect(notes.evaluate(in: 0..<10).constants.count == 1)
    }
}
