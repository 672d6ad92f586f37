/// Words of command lines, variables and paths as text.
///
/// The kernel passes bytes of any kind, and text has to be UTF-8. A byte that is not is a character
/// of the last private plane here, and such a character in the bytes is four of these: so each text
/// has its bytes, and those bytes are the ones that were given. (Python calls this `surrogateescape`.)
extension String {
    /// The text of bytes that may be anything.
    package init(word bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self), !text.holdsOtherBytes {
            self = text
            return
        }
        var text: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.first {
            let length = Self.lengthOfCharacter(in: rest)
            let isOther = length == 0 || Self.otherByte(rest.prefix(length)) != nil
            if isOther {
                // Only bytes from 128 on are never valid.
                text += [0xf4, 0x8f, byte < 0xc0 ? 0xba : 0xbb, byte & 0x3f | 0x80]
            } else {
                text += rest.prefix(length)
            }
            rest = rest.dropFirst(isOther ? 1 : length)
        }
        self = String(decoding: text, as: UTF8.self)
    }

    /// The bytes that the text is of.
    package var wordBytes: Bytes {
        guard holdsOtherBytes else { return Bytes(utf8) }
        var bytes: Bytes = []
        var rest = Bytes(utf8)[...]
        while let byte = rest.first {
            let other = Self.otherByte(rest.prefix(4))
            bytes.append(other ?? byte)
            rest = rest.dropFirst(other == nil ? 1 : 4)
        }
        return bytes
    }

    /// Whether some of the bytes are no UTF-8, or look as if they were not.
    package var holdsOtherBytes: Bool {
        utf8.contains(0xf4) && unicodeScalars.contains { Self.others.contains($0.value) }
    }

    /// U+10FE00 and the byte.
    private static let others: ClosedRange<UInt32> = 0x10fe80...0x10feff

    /// The byte that a character stands for.
    private static func otherByte(_ character: ArraySlice<UInt8>) -> UInt8? {
        let bytes = Array(character)
        guard bytes.count == 4, bytes[0] == 0xf4, bytes[1] == 0x8f else { return nil }
        switch bytes[2] {
        case 0xba: return bytes[3]
        case 0xbb: return bytes[3] | 0x40
        default: return nil
        }
    }

    /// How many bytes the character takes that they begin with, 0 where they are none; RFC 3629.
    private static func lengthOfCharacter(in bytes: ArraySlice<UInt8>) -> Int {
        for length in 1...4 where bytes.count >= length {
            if String(validating: bytes.prefix(length), as: UTF8.self) != nil { return length }
        }
        return 0
    }
}
