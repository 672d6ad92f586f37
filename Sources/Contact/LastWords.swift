/// The end of what a program wrote, as a person can read it.
enum LastWords {
    private static let mostLines = 5
    private static let longestLine = 300

    /// The last lines that say something, without what only a terminal understands.
    static func lines(of bytes: [UInt8]) -> [String] {
        let lines = bytes.split { $0 == 0x0a || $0 == 0x0d }.map(readable).filter { !$0.isEmpty }
        return Array(lines.suffix(mostLines))
    }

    private static func readable(_ line: ArraySlice<UInt8>) -> String {
        var kept: [UInt8] = []
        var index = line.startIndex
        while index < line.endIndex, kept.count < longestLine {
            let byte = line[index]
            if byte == 0x1b {
                index = endOfEscape(in: line, at: index)
                continue
            }
            kept.append(byte == 0x09 ? 0x20 : byte)
            index += 1
        }
        let text = String(decoding: kept, as: UTF8.self)
        let scalars = text.unicodeScalars.filter { scalar in
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            // Some read these as the end of a line.
            let isSeparator = scalar.value == 0x2028 || scalar.value == 0x2029
            return !isControl && !isSeparator && !scalar.properties.isBidiControl
                && scalar.value != 0xfffd
        }
        let shown = String(String.UnicodeScalarView(scalars))
        return String(
            shown.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// Behind a control sequence of ECMA-48, or the two bytes of another escape.
    private static func endOfEscape(in line: ArraySlice<UInt8>, at start: Int) -> Int {
        var index = start + 1
        guard index < line.endIndex else { return index }
        guard line[index] == UInt8(ascii: "[") else { return index + 1 }
        index += 1
        while index < line.endIndex, !(0x40...0x7e).contains(line[index]) { index += 1 }
        return min(index + 1, line.endIndex)
    }
}
