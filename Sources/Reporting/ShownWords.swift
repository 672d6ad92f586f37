internal import TestCases

/// The words of a command line as they are shown: those that are long, and what is behind too many
/// of them, are cut, with how much there is.
///
/// What repeats a short piece is said in a way that a shell makes it of; so it can be copied however
/// long it is.
struct ShownWords {
    /// A word of more bytes is cut.
    private static let longestWord = 400
    /// How much of one that is cut is shown.
    private static let shownPart = 60
    /// What is shown of all words together, as it is written.
    private static let longestLine = 4000
    private static let longestPiece = 16

    private(set) var words: [String] = []
    /// What is cut, a clause each.
    private(set) var remarks: [String] = []

    /// - Parameter noun: what the words are, for the remarks, such as "argument".
    init(_ all: [Bytes], noun: String) {
        var room = Self.longestLine
        for (index, bytes) in all.enumerated() {
            guard room > 0 else {
                let left = all[index...]
                let size = left.reduce(0) { $0 + $1.count }
                words.append("…")
                remarks.append(
                    "\(Figures.count(left.count, "more " + noun)) of "
                        + "\(Figures.count(size, "byte")), not shown")
                break
            }
            let word = Self.word(bytes)
            if word == nil {
                remarks.append(
                    "\(noun) \(index + 1) has \(Figures.count(bytes.count)) bytes, of which "
                        + "\(Self.shownPart) are shown")
            }
            words.append(word ?? ShellText.word(Bytes(bytes.prefix(Self.shownPart))) + "…")
            room -= (words.last?.utf8.count ?? 0) + 1
        }
    }

    /// The word in full, nil where it is too long for that.
    private static func word(_ bytes: Bytes) -> String? {
        guard bytes.count > longestWord else { return ShellText.word(bytes) }
        guard let piece = piece(of: bytes), piece.last != 0x0a, !piece.contains(0) else {
            return nil
        }
        return "\"$(\(ShellText.printing(piece, times: bytes.count / piece.count)))\""
    }

    /// The shortest piece that the bytes are a repetition of.
    private static func piece(of bytes: Bytes) -> Bytes? {
        (1...longestPiece).first { length in
            bytes.count.isMultiple(of: length)
                && bytes.indices.dropFirst(length).allSatisfy { bytes[$0] == bytes[$0 - length] }
        }.map { Bytes(bytes.prefix($0)) }
    }
}
