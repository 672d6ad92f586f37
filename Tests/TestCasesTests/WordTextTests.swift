import TestCases
import Testing

@Suite("Words as text")
struct WordTextTests {
    @Test("any bytes are a text, and the text has those bytes")
    func roundTrip() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [65, first, second, 66]
                #expect(String(word: bytes).wordBytes == bytes, "\(bytes)")
            }
        }
        var generator = SystemRandomNumberGenerator()
        let leads: [UInt8] = [0xc3, 0xe2, 0xf4, 0x8f, 0xba, 0xbb, 0x80, 0xbf, 0xf0, 0x9f, 65, 0]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                leads.randomElement(using: &generator) ?? 0
            }
            #expect(String(word: bytes).wordBytes == bytes, "\(bytes)")
        }
    }

    @Test("what is UTF-8 stays as it is")
    func validText() {
        for text in ["", "diff", "-é", "e\u{301}", "\u{10ffff}", "😀", "\0", "\u{10fdff}"] {
            #expect(String(word: Array(text.utf8)) == text)
            #expect(text.wordBytes == Array(text.utf8))
            #expect(!text.holdsOtherBytes)
        }
    }

    @Test("a byte that is none is one character, and such a character is four")
    func otherBytes() {
        #expect(String(word: [0xff]).unicodeScalars.map(\.value) == [0x10feff])
        #expect(String(word: [0xc3]).unicodeScalars.map(\.value) == [0x10fec3])
        #expect(String(word: Array("\u{10fe80}".utf8)).unicodeScalars.count == 4)
        #expect(String(word: [0xed, 0xa0, 0x80]).unicodeScalars.count == 3)
        #expect(String(word: [0xc0, 0xaf]).holdsOtherBytes)
    }
}
