import TestCases

/// Sizes at which programs do something else: threads that share the work, files for what memory is
/// not to hold, buffers that have to grow.
enum Sizes {
    /// One in so many changes of bytes has something repeated.
    static let rarity = 96
    /// One in so many of these may be large, and take as long as a hundred others: the sweep has
    /// tried large ones by themselves.
    private static let rarityOfLarge = 8

    /// How often one byte is repeated.
    static let bytes: [UInt32] = [1 << 16, 1 << 20, 4 << 20]
    /// Lines from which sort(1) has threads share the work.
    static let lines: UInt32 = 1 << 17

    /// One byte again and again, then lines of which no two are alike.
    static let contents: [TestCase.Repetition] =
        [TestCase.Repetition(Bytes("\n".utf8), count: lines, numberPosition: 0)]
        + bytes.map { TestCase.Repetition(Bytes("x".utf8), count: $0) }

    /// The bytes, or one line of them, many times; a number in it counts up.
    static func repeated(
        _ bytes: Bytes, using generator: inout SeededGenerator
    ) -> TestCase.Repetition {
        var piece = bytes
        let lines = bytes.split(separator: 0x0a)
        if generator.chance(3, in: 4), let line = generator.element(of: lines) {
            piece = Bytes(line) + [0x0a]
        }
        if piece.isEmpty { piece = Bytes("x".utf8) }
        if piece.count > 4_096 { piece.removeSubrange(4_096...) }
        let count = count(using: &generator)
        let repetition =
            generator.chance(1, in: 2)
            ? numbered(piece, count: count) : TestCase.Repetition(piece, count: count)
        return InputLimits.limited(repetition)
    }

    static func changed(
        _ repetition: TestCase.Repetition, using generator: inout SeededGenerator
    ) -> TestCase.Repetition {
        var changed = repetition
        changed.count = count(using: &generator)
        return InputLimits.limited(changed)
    }

    private static func count(using generator: inout SeededGenerator) -> UInt32 {
        let isLarge = generator.chance(1, in: rarityOfLarge)
        return generator.element(of: isLarge ? counts : Array(counts.prefix(2))) ?? 1
    }

    private static let counts: [UInt32] = [64, 1_024, 16_384, 65_536, lines, 1 << 20, 4 << 20]

    /// With the count in the place of the first number, or at the beginning.
    private static func numbered(_ piece: Bytes, count: UInt32) -> TestCase.Repetition {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let start = piece.firstIndex(where: isDigit) else {
            return TestCase.Repetition(piece, count: count, numberPosition: 0)
        }
        var rest = piece
        rest.removeSubrange(start..<(piece[start...].firstIndex { !isDigit($0) } ?? piece.count))
        return TestCase.Repetition(
            rest, count: count, numberPosition: UInt16(clamping: start))
    }
}

/// A message that says how long a part of it is.
struct LengthField {
    private let before: Bytes
    private let between: Bytes
    private let after: Bytes

    /// - Parameter message: a head of HTTP, which can have a body of any length; or one with a
    ///   decimal number behind which, sooner or later, as many bytes follow up to a line's end or
    ///   the end, as in `$3\r\nabc\r\n` or `set k 0 0 3\r\nabc\r\n`: the longest such part counts.
    ///   Nil for another.
    init?(in message: Bytes) {
        if let head = Self.headOfRequest(message) {
            before = head + Bytes("Content-Length: ".utf8)
            between = Bytes("\r\n\r\n".utf8)
            after = []
            return
        }
        let ends = message.indices.filter { message[$0] == 0x0a }.prefix(Self.mostLines)
        var longest: (value: Int, place: Range<Int>, first: Int)?
        for number in Self.numbers(in: message) where number.value > longest?.value ?? 0 {
            for end in ends where end >= number.place.upperBound {
                let (first, last) = (end + 1, end + 1 + number.value)
                guard last <= message.count, message[first] != 0x0d,
                    last == message.count || message[last] == 0x0a || message[last] == 0x0d
                else { continue }
                longest = (number.value, number.place, first)
                break
            }
        }
        guard let part = longest else { return nil }
        before = Bytes(message[..<part.place.lowerBound])
        between = Bytes(message[part.place.upperBound..<part.first])
        after = Bytes(message[(part.first + part.value)...])
    }

    private static let mostLines = 64

    /// Numbers of at least 2, and not longer than a message.
    private static func numbers(in message: Bytes) -> [(value: Int, place: Range<Int>)] {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        var numbers: [(value: Int, place: Range<Int>)] = []
        var position = message.startIndex
        while let start = message[position...].firstIndex(where: isDigit) {
            position = message[start...].firstIndex { !isDigit($0) } ?? message.count
            let digits = String(decoding: message[start..<position].prefix(8), as: UTF8.self)
            guard numbers.count < mostLines, let value = Int(digits), value >= 2,
                value <= message.count
            else { continue }
            numbers.append((value, start..<position))
        }
        return numbers
    }

    /// The head of a request of HTTP that has a body, without its last line's end and a length.
    private static func headOfRequest(_ message: Bytes) -> Bytes? {
        var lines = message.split(separator: 0x0a).map { line in
            Bytes(line.last == 0x0d ? line.dropLast() : line)
        }
        guard let first = lines.first else { return nil }
        var words = first.split(separator: 0x20).map(Bytes.init)
        guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8),
            words[0].allSatisfy({ (0x41...0x5a).contains($0) })
        else { return nil }
        if words[0] != Bytes("PUT".utf8) { words[0] = Bytes("POST".utf8) }
        lines[0] = Bytes(words.joined(separator: [0x20]))
        let isLength = { (line: Bytes) in
            String(decoding: line.prefix(15), as: UTF8.self).lowercased() == "content-length:"
        }
        let head = lines.prefix { !$0.isEmpty }.filter { !isLength($0) }
        return Bytes(head.joined(separator: [0x0d, 0x0a])) + [0x0d, 0x0a]
    }

    /// The message with a part of so many bytes, in steps.
    func steps(length: UInt32) -> [TestCase.Session.Step] {
        [
            .send(before + Bytes("\(length)".utf8) + between),
            .sendRepeated(.init(Bytes("x".utf8), count: length)),
        ] + (after.isEmpty ? [] : [.send(after)])
    }
}

extension SweepBuilder {
    /// Seeds whose files or messages are made large, beyond the base's.
    private static let sizedSeeds = 6

    /// Every place of input once with each size.
    func sizes() -> Sweep.Section {
        base.sessions.isEmpty ? sizesOfInput() : sizesOfMessages()
    }

    /// Standard input, an operand, and the files that the base and a few seeds name.
    private func sizesOfInput() -> Sweep.Section {
        let path = Bytes("large".utf8)
        var starts: [@Sendable (TestCase.Repetition) -> TestCase] = []
        if vocabulary.readsStandardInput {
            starts.append { [base] repetition in
                var testCase = base
                testCase.standardInput.bytes = []
                testCase.standardInput.repetition = repetition
                return testCase
            }
        }
        starts.append { [base] repetition in
            var testCase = base
            testCase.files.removeAll { $0.path == path || FileTree.isBelow($0.path, path) }
            testCase.files.append(.init(path: path, kind: .repeated(repetition)))
            testCase.arguments.append(path)
            return testCase
        }
        for seed in [base] + seeds.prefix(Self.sizedSeeds) {
            let named = seed.files.indices.filter { index in
                guard case .regular = seed.files[index].kind else { return false }
                return seed.arguments.contains(seed.files[index].path)
            }
            guard let last = named.last else { continue }
            starts.append { repetition in
                var testCase = seed
                testCase.files[last].kind = .repeated(repetition)
                return testCase
            }
        }
        let contents = Sizes.contents
        return Sweep.Section(count: starts.count * contents.count) { [starts] index, _ in
            starts[index % starts.count](contents[index / starts.count])
        }
    }

    /// Messages that say how long a part is, with a long one; others many times over, and on one
    /// long line.
    private func sizesOfMessages() -> Sweep.Section {
        guard let model = base.sessions.first, model.hasEffectiveSteps,
            [.tcp, .unixStream].contains(model.transport)
        else { return Sweep.Section(count: 0) { _, _ in nil } }
        var said: [Bytes] = []
        for testCase in [base] + seeds {
            for message in testCase.sessions.flatMap(\.steps).compactMap(\.message)
            where !said.contains(message) && !message.isEmpty { said.append(message) }
        }
        let before: [TestCase.Session.Step] = model.isOpenedByTarget ? [.receive] : []
        let sized = said.compactMap(LengthField.init(in:)).prefix(Self.sizedSeeds)
        var steps: [[TestCase.Session.Step]] = Sizes.bytes.reversed().flatMap { length in
            sized.map { $0.steps(length: length) }
        }
        for message in said.prefix(Self.sizedSeeds) {
            let count = UInt32(clamping: max(1, (1 << 20) / message.count))
            steps.append([.sendRepeated(.init(message, count: count))])
        }
        if let message = said.first {
            let word = Bytes(message.prefix { $0 > 0x20 })
            steps.append([
                .send(word + [0x20]), .sendRepeated(.init(Bytes("x".utf8), count: 1 << 20)),
                .send(vocabulary.lineEnd),
            ])
        }
        return Sweep.Section(count: steps.count) { [base, steps] index, _ in
            var testCase = base
            var session = model
            session.steps = before + steps[index] + [.receive]
            testCase.sessions = [session]
            return testCase
        }
    }
}
