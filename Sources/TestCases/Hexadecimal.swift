/// Hexadecimal digits in ASCII.
enum Hexadecimal {
    /// The upper nibble of the argument is ignored.
    static func digit(_ nibble: UInt8) -> UInt8 {
        let nibble = nibble & 15
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + (nibble - 10)
    }

    static func value(ofLowerCase digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
