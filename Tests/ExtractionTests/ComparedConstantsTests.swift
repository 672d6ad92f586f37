import Extraction
import TestSupport
import Testing

@Suite("Compared constants and imported functions")
struct ComparedConstantsTests {
    @Test("a number that data is compared with is found as its bytes in memory")
    func magic() throws {
        let constants = try ComparedConstants.read(try TestProgram.build("Planted/file-magic"))
        #expect(constants.contains([0x7f, 0xc3, 0x51, 0x7a]))
    }

    @Test("what is found is bounded, each once, and text comes first")
    func bounds() throws {
        let constants = try ComparedConstants.read("/bin/bash")
        #expect(!constants.isEmpty && constants.count <= ComparedConstants.capacity)
        #expect(Set(constants).count == constants.count)
        let isText = constants.map { $0.allSatisfy { (0x20...0x7e).contains($0) || $0 == 10 } }
        #expect(isText.contains(true))
        #expect(isText == isText.sorted { $0 && !$1 })
    }

    @Test("the words through which other files' functions are called are found by name")
    func slots() throws {
        let program = try TestProgram.build("Planted/environment-name")
        let imports = try ImportedFunctions.read(program, named: ["getenv", "strcmp"])
        #expect(imports.slots.map(\.name) == ["getenv"])
        // As `readelf --relocs` shows it.
        let listing = try Subprocess.run(["readelf", "--relocs", "--wide", program]).output
        let row = try #require(listing.split(separator: "\n").first { $0.contains("getenv") })
        let address = try #require(UInt64(row.prefix { $0 != " " }, radix: 16))
        #expect(imports.slots.first?.address == address)
    }

    @Test("a file that is no program is refused with a sentence")
    func refusal() {
        #expect(throws: ExtractionError.self) { try ComparedConstants.read("/etc/passwd") }
        #expect(throws: ExtractionError.self) {
            try ImportedFunctions.read("/etc/passwd", named: ["getenv"])
        }
    }
}
