/// A piece of bytes that may be text.
enum UTF8Part {
    case scalar(Unicode.Scalar)
    /// A byte that belongs to no character.
    case invalid(UInt8)

    static func all(of bytes: [UInt8]) -> [UTF8Part] {
        var parts: [UTF8Part] = []
        parts.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let length = length(from: bytes[position])
            let end = position + length
            if length > 0, end <= bytes.count,
                let text = String(validating: bytes[position..<end], as: UTF8.self),
                let scalar = text.unicodeScalars.first
            {
                parts.append(.scalar(scalar))
                position = end
            } else {
                parts.append(.invalid(bytes[position]))
                position += 1
            }
        }
        return parts
    }

    /// How many bytes a character has that begins so; 0 where none does.
    private static func length(from byte: UInt8) -> Int {
        switch byte {
        case 0..<0x80: 1
        case 0xc2..<0xe0: 2
        case 0xe0..<0xf0: 3
        case 0xf0..<0xf5: 4
        default: 0
        }
    }
}
