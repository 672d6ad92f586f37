import TestCases

/// A way to use a program as its usage writes it, such as `tool -R NAME [-f FILE] [MORE]…`: what has
/// to stand together, and what may.
package struct UsageForm: Hashable, Sendable, Codable {
    /// What stands for something else: a file, a number, a word.
    struct Placeholder: Hashable, Sendable, Codable {
        var kind: Vocabulary.Option.ValueKind
        var isFolder = false
        /// What it is called, which is as good as any other word.
        var name: Bytes
    }

    enum Item: Hashable, Sendable, Codable {
        case word(Bytes)
        /// With its dashes.
        case option(Bytes, Placeholder?, isJoined: Bool)
        case operand(Placeholder)
    }

    struct Part: Hashable, Sendable, Codable {
        var item: Item
        var isRequired: Bool
    }

    private(set) var parts: [Part]

    /// More is a list of everything, not a way to use it.
    private static let partLimit = 24

    /// - Parameter text: what follows the program's name; nil where it says nothing.
    init?(_ text: some Collection<UInt8>) {
        var parser = UsageParser(text)
        parts = Array(parser.parts().prefix(Self.partLimit))
        if parts.isEmpty { return nil }
    }

    /// Which of the parts that may be left out are there: none, each alone, all.
    var variants: [Set<Int>] {
        let optional = parts.indices.filter { !parts[$0].isRequired }
        let single = optional.prefix(Self.mostSingle).map { Set([$0]) }
        return [[]] + single + (optional.count > 1 ? [Set(optional)] : [])
    }

    private static let mostSingle = 8

    /// The command line, and what it takes for paths.
    ///
    /// - Parameter paths: what is filled in for files, in turn.
    func arguments(
        with variant: Set<Int>, paths: [Bytes]
    ) -> (arguments: [Bytes], files: [Bytes], folders: [Bytes]) {
        var arguments: [Bytes] = []
        var (files, folders): ([Bytes], [Bytes]) = ([], [])
        func value(of placeholder: Placeholder, isOperand: Bool) -> Bytes {
            switch placeholder.kind {
            case .number: return Bytes("1".utf8)
            case .host: return Bytes("localhost".utf8)
            case .program: return BuiltIn.programs.first ?? []
            case .any where !isOperand: return placeholder.name
            case .path, .any:
                let used = files.count + folders.count
                guard !paths.isEmpty else { return placeholder.name }
                let path = paths[used % paths.count]
                if placeholder.isFolder { folders.append(path) } else { files.append(path) }
                return path
            }
        }
        for (index, part) in parts.enumerated() where part.isRequired || variant.contains(index) {
            switch part.item {
            case .word(let word): arguments.append(word)
            case .operand(let placeholder):
                arguments.append(value(of: placeholder, isOperand: true))
            case .option(let spelling, nil, _): arguments.append(spelling)
            case .option(let spelling, let placeholder?, let isJoined):
                let value = value(of: placeholder, isOperand: false)
                arguments +=
                    isJoined ? [spelling + [UInt8(ascii: "=")] + value] : [spelling, value]
            }
        }
        return (arguments, files, folders)
    }

    /// Whether it takes a file.
    var takesPaths: Bool {
        parts.contains { part in
            switch part.item {
            case .operand(let placeholder): placeholder.kind == .path || placeholder.kind == .any
            case .option(_, let placeholder, _): placeholder?.kind == .path
            case .word: false
            }
        }
    }
}

extension UsageForm {
    private static let textLimit = 64 << 10
    private static let formLimit = 48

    /// All forms that a text lists behind the word usage.
    static func forms(in text: Bytes) -> [UsageForm] {
        let lines = text.prefix(textLimit).split(
            separator: 0x0a, omittingEmptySubsequences: false)
        var forms: [UsageForm] = []
        var index = 0
        while index < lines.count, forms.count < formLimit {
            let line = lines[index]
            index += 1
            guard let start = endOfUsage(in: line) else { continue }
            var (first, lineStart) = (line[start...], line.startIndex)
            if first.allSatisfy({ $0 <= 0x20 }), index < lines.count {
                (first, lineStart) = (lines[index], lines[index].startIndex)
                index += 1
            }
            let indent = first.drop { $0 <= 0x20 }.startIndex - lineStart
            let name = Bytes(first.drop { $0 <= 0x20 }.prefix { $0 > 0x20 })
            guard !name.isEmpty, name[0] != 0x2d, name[0] != UInt8(ascii: "[") else { continue }
            var form = Bytes(first.drop { $0 <= 0x20 }.dropFirst(name.count))
            func end() {
                if let form = UsageForm(form), !forms.contains(form) { forms.append(form) }
            }
            while index < lines.count {
                let next = lines[index]
                var text = next.drop { $0 <= 0x20 }
                let depth = text.startIndex - next.startIndex
                if text.starts(with: "or:".utf8) { text = text.dropFirst(3).drop { $0 <= 0x20 } }
                let rest = text.dropFirst(name.count)
                if text.starts(with: name), rest.first.map({ $0 <= 0x20 }) ?? true, depth > 0 {
                    end()
                    form = Bytes(rest)
                } else if depth > indent, !text.isEmpty {
                    form += [0x20] + text
                } else {
                    break
                }
                index += 1
            }
            end()
        }
        return Array(forms.prefix(formLimit))
    }

    /// Where the text goes on behind "usage:", nil for another line.
    private static func endOfUsage(in line: Bytes.SubSequence) -> Int? {
        let word = Bytes("usage:".utf8)
        guard line.count >= word.count else { return nil }
        for start in line.indices.dropLast(word.count - 1) {
            let part = line[start..<(start + word.count)].map { byte in
                (0x41...0x5a).contains(byte) ? byte + 0x20 : byte
            }
            if part == word { return start + word.count }
        }
        return nil
    }
}

/// Reads one form: options, names of what is to be filled in, brackets around what may be left out.
private struct UsageParser {
    private var rest: Bytes.SubSequence
    private var found: [UsageForm.Part] = []

    init(_ text: some Collection<UInt8>) { rest = Bytes(text.prefix(4_096))[...] }

    mutating func parts() -> [UsageForm.Part] {
        var depth = 0
        var isAlternative = false
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "["):
                depth += 1
                rest = rest.dropFirst()
            case UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                if depth == 0 { isAlternative = false }
                rest = rest.dropFirst()
            case UInt8(ascii: "|"):
                // Of what has to be there the first is.
                isAlternative = depth == 0
                rest = rest.dropFirst()
            case 0...0x20, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "."), UInt8(ascii: ","):
                rest = rest.dropFirst()
            default:
                let item = item()
                if let item, !isAlternative {
                    found.append(.init(item: item, isRequired: depth == 0))
                }
                isAlternative = false
            }
        }
        return found
    }

    private mutating func word() -> Bytes {
        let isAngled = rest.first == UInt8(ascii: "<")
        var word = Bytes(
            rest.prefix { byte in
                byte > 0x20 && !"[]|(){}".utf8.contains(byte) || isAngled && byte == 0x20
            })
        if isAngled, let end = word.firstIndex(of: UInt8(ascii: ">")) {
            word.removeSubrange((end + 1)...)
        }
        if let equals = word.firstIndex(of: UInt8(ascii: "=")), word.first == 0x2d {
            word.removeSubrange(equals...)
        }
        rest = rest.dropFirst(word.count)
        while let last = word.last, ".,".utf8.contains(last) { word.removeLast() }
        return word
    }

    /// Nil for what stands for all options.
    private mutating func item() -> UsageForm.Item? {
        let word = word()
        guard word.count > 1 || word.first != 0x2d, !word.isEmpty else {
            if word.isEmpty { rest = rest.dropFirst() }
            return nil
        }
        let name = Bytes(
            word.drop { $0 == 0x2d || $0 == UInt8(ascii: "<") }
                .prefix { $0 != UInt8(ascii: ">") })
        let plain = String(decoding: name, as: UTF8.self).lowercased()
        let isEverything = ["option", "options", "opts", "flags", "args", "arguments"]
            .contains(plain)
        guard word.first == 0x2d else {
            return isEverything || name.isEmpty ? nil : .operand(Self.placeholder(name))
        }
        if isEverything || name.isEmpty { return nil }
        if rest.first == UInt8(ascii: "=") {
            rest = rest.dropFirst()
            return .option(word, Self.placeholder(Self.bare(self.word())), isJoined: true)
        }
        guard rest.first == 0x20, let next = rest.dropFirst().first,
            HelpRow.isLetterOrDigit(next) || next == UInt8(ascii: "<")
        else { return .option(word, nil, isJoined: false) }
        rest = rest.dropFirst()
        return .option(word, Self.placeholder(Self.bare(self.word())), isJoined: false)
    }

    private static func bare(_ word: Bytes) -> Bytes {
        Bytes(word.drop { $0 == UInt8(ascii: "<") }.prefix { $0 != UInt8(ascii: ">") })
    }

    private static func placeholder(_ name: Bytes) -> UsageForm.Placeholder {
        let text = String(decoding: name, as: UTF8.self)
        let isNumber = HelpRow.valueKind(of: name) == .number
        var kind = HelpRow.valueKind(of: name)
        if kind == .any { kind = .init(suggestedBy: Bytes(text.lowercased().utf8)) }
        let low = text.lowercased()
        let isFolder = low.contains("dir") || low.contains("folder")
        if !isNumber, isFolder || Self.endings.contains(where: low.hasSuffix) { kind = .path }
        return .init(kind: kind, isFolder: isFolder, name: name)
    }

    private static let endings = ["file", "archive", "database", "source", "dest", "key", "path"]
}
