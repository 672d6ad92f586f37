import TestCases
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "the vectors of FIPS 180 and of NIST's validation files",
        arguments: [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func vectors(part: String, count: Int, expected: String) {
        let message = Bytes(String(repeating: part, count: count).utf8)
        #expect(SHA256.digest(of: message).hexadecimal == expected)
    }

    @Test("bytes given in pieces of any size have the hash of the whole")
    func pieces() {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256.digest(of: message)
        for size in 1...130 {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: size) {
                hash.update(message.span.extracting(start..<min(start + size, message.count)))
            }
            #expect(hash.finish() == whole)
        }
    }

    @Test("a digest is read from its digits and from nothing else")
    func digits() {
        let digest = SHA256.digest(of: [1])
        #expect(Digest(hexadecimal: digest.hexadecimal.utf8) == digest)
        #expect(Digest(hexadecimal: digest.hexadecimal.uppercased().utf8) == nil)
        #expect(Digest(hexadecimal: digest.hexadecimal.utf8.dropLast()) == nil)
        #expect(digest.prefix(bytes: 16) == String(digest.hexadecimal.prefix(32)))
    }
}
