internal import TestCases

/// What the simplest commands write, without running them.
enum PlainOutput {
    /// More is nothing that a test case could hold.
    private static let limit = 1 << 20

    /// Nil for a command whose output is not known.
    static func of(_ words: [Bytes]) -> Invocation.Input? {
        guard let program = words.first else { return nil }
        let operands = Array(words.dropFirst())
        switch String(decoding: program, as: UTF8.self) {
        case "printf": return formatted(operands).map { .bytes($0) }
        case "echo": return echoed(operands).map { .bytes($0) }
        case "cat":
            guard operands.count == 1, let file = operands.first,
                file.first != UInt8(ascii: "-")
            else { return nil }
            return .file(file)
        default: return nil
        }
    }

    private static func echoed(_ operands: [Bytes]) -> Bytes? {
        var words = operands[...]
        var endsLine = true
        var decodes = false
        while let word = words.first, word.count > 1, word.first == UInt8(ascii: "-"),
            word.dropFirst().allSatisfy({ "neE".utf8.contains($0) })
        {
            if word.contains(UInt8(ascii: "n")) { endsLine = false }
            if word.contains(UInt8(ascii: "e")) { decodes = true }
            words.removeFirst()
        }
        let text = Bytes(words.joined(separator: [0x20]))
        let plain = decodes ? CharacterEscapes.decoded(text)?.bytes : text
        return plain.map { endsLine ? $0 + [0x0a] : $0 }
    }

    /// The format is used again for operands that are left, as printf(1) does.
    private static func formatted(_ operands: [Bytes]) -> Bytes? {
        guard let format = operands.first, format.first != UInt8(ascii: "-") else { return nil }
        var rest = operands.dropFirst()
        var output: Bytes = []
        repeat {
            let before = rest.count
            guard let part = filled(format, &rest) else { return nil }
            output += part
            guard output.count <= limit else { return nil }
            // A format without places takes nothing; what is left is ignored.
            if rest.count == before { break }
        } while !rest.isEmpty
        return output
    }

    /// Only `%s`, `%b`, `%d`, `%i` and `%%` are known.
    private static func filled(_ format: Bytes, _ operands: inout ArraySlice<Bytes>) -> Bytes? {
        var output: Bytes = []
        var literal: Bytes = []
        var index = 0
        func flush() {
            output += CharacterEscapes.decoded(literal)?.bytes ?? []
            literal = []
        }
        while index < format.count {
            let byte = format[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                literal.append(byte)
                continue
            }
            guard index < format.count else { return nil }
            let kind = format[index]
            index += 1
            flush()
            switch kind {
            case UInt8(ascii: "%"): output.append(kind)
            case UInt8(ascii: "s"): output += operands.popFirst() ?? []
            case UInt8(ascii: "b"):
                output += CharacterEscapes.decoded(operands.popFirst() ?? [])?.bytes ?? []
            case UInt8(ascii: "d"), UInt8(ascii: "i"):
                let number = operands.popFirst() ?? [0x30]
                let digits = number.first == UInt8(ascii: "-") ? number.dropFirst() : number[...]
                guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    return nil
                }
                output += number
            default: return nil
            }
        }
        flush()
        return output
    }
}
