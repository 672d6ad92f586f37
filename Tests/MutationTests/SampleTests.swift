import Mutation
import TestCases
import Testing

@Suite("Small files of usual formats")
struct SampleTests {
    private func kinds(_ text: String) -> [SampleKind] {
        SampleKind.kinds(inProgram: Array(text.utf8).span)
    }

    @Test("a program's strings tell what it reads")
    func hints() {
        #expect(kinds("") == [.text])
        #expect(kinds("a\0<?xml version\0b") == [.text, .xml])
        #expect(kinds("libz.so.1\0ustar") == [.text, .tar, .gzip])
        #expect(kinds("libz.s") == [.text])
        let all = "hunk Makefile .symtab IHDR ustar .zip .gz .bz2 .xz .zst <?xml JSON <html .csv"
        #expect(kinds(all).count == SampleKind.chosenLimit)
    }

    @Test("every file has a content and a name of its own that a tree can hold")
    func files() {
        let names = SampleKind.allCases.map { Bytes($0.fileName.utf8) }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy(TestCase.File.isPath))
        #expect(SampleKind.allCases.allSatisfy { !$0.content.isEmpty })
    }

    @Test("sums and lengths are what the formats want")
    func checks() {
        let text = SampleKind.text.content
        let gzip = SampleKind.gzip.content
        // The sum as zlib's crc32 gives it, least significant byte first, then the length.
        #expect(gzip.suffix(8) == [0xe7, 0x06, 0x31, 0xba, 33, 0, 0, 0])
        #expect(gzip.dropLast(8).suffix(text.count) == text[...])
        let tar = SampleKind.tar.content
        #expect(tar.count == 5_120)
        let spaces = tar[..<148] + Bytes(repeating: 0x20, count: 8) + tar[156..<512]
        let sum = spaces.reduce(0) { $0 + Int($1) }
        #expect(Int(String(decoding: tar[148..<154], as: UTF8.self), radix: 8) == sum)
        #expect(SampleKind.zip.content.suffix(22).prefix(4) == [0x50, 0x4b, 5, 6])
        #expect(SampleKind.png.content.suffix(4) == [0xae, 0x42, 0x60, 0x82])
    }
}
