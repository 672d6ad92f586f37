import TestCases

/// `name(argument)`: how macro processors, calculators, filters and query languages alike write a
/// call, whose names lie in the program as plain words.
enum CallSyntax {
    static func isName(_ word: Bytes) -> Bool {
        guard (2...32).contains(word.count), let first = word.first, isLetter(first) else {
            return false
        }
        return word.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
    }

    static func call(_ name: Bytes, _ arguments: [Bytes]) -> Bytes {
        name + [UInt8(ascii: "(")] + arguments.joined(separator: [UInt8(ascii: ",")])
            + [UInt8(ascii: ")")]
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
    }
}
