package import TestCases

/// What the text of a script says about its command line.
extension Vocabulary {
    private static let mostScriptOptions = 256

    /// Sorts the quoted words of a script like the strings of a binary, and takes for options what
    /// is written as one, in quotes or not, and what Perl's parser is told of.
    package mutating func mine(script: Bytes) {
        let lines = script.split(separator: 0x0a).prefix(50_000).map { $0.prefix(512) }
        let declares = lines.contains { $0.contains(Bytes("GetOptions".utf8)) }
        var count = 0
        for line in lines {
            // The first line is for the kernel, and comments are prose.
            if line.first == UInt8(ascii: "#") { continue }
            let words = HelpRow(line).quotedWords()
            for word in words { mine(string: word) }
            let declared = declares ? words.flatMap(Self.declaredOptions) : []
            for option in declared + Self.writtenOptions(in: line)
            where count < Self.mostScriptOptions {
                insert(option, from: .binary)
                count += 1
            }
        }
    }

    /// Of a specification of Getopt::Long: names with bars between them, then what it takes, as in
    /// `name|n=s`.
    private static func declaredOptions(_ word: Bytes) -> [Option] {
        let names = word.prefix { isNameByte($0) || $0 == UInt8(ascii: "|") }
        let rule = word[names.endIndex...]
        let isRule =
            rule.isEmpty || rule.elementsEqual("!".utf8) || rule.elementsEqual("+".utf8)
            || ((rule.first == UInt8(ascii: "=") || rule.first == UInt8(ascii: ":"))
                && rule.dropFirst().first.map { "sifo".utf8.contains($0) } ?? false)
        guard isRule, !names.isEmpty else { return [] }
        let argument: Option.Argument =
            rule.first == UInt8(ascii: "=")
            ? .required : rule.first == UInt8(ascii: ":") ? .optional : .none
        return names.split(separator: UInt8(ascii: "|")).map { name in
            let dashes: Bytes = name.count > 1 ? [0x2d, 0x2d] : [0x2d]
            return Option(spelling: dashes + name, argument: argument)
        }
    }

    /// Words such as `--name` behind a quote, a blank, a bar or a bracket, as a shell's `case` has
    /// them.
    private static func writtenOptions(in line: Bytes.SubSequence) -> [Option] {
        var options: [Option] = []
        var previous = UInt8(ascii: " ")
        var index = line.startIndex
        while index < line.endIndex {
            let isStart = line[index] == UInt8(ascii: "-") && " \t\"'|(,".utf8.contains(previous)
            previous = line[index]
            guard isStart, line[index...].starts(with: "--".utf8) else {
                index += 1
                continue
            }
            let name = line[(index + 2)...].prefix(while: isNameByte)
            let end = name.endIndex < line.endIndex ? line[name.endIndex] : 0x20
            index = name.endIndex
            guard name.count > 1, name.count < 40, "\"'|), \t=".utf8.contains(end) else { continue }
            options.append(
                Option(
                    spelling: Bytes("--".utf8) + name,
                    argument: end == UInt8(ascii: "=") ? .required : .unknown))
        }
        return options
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
