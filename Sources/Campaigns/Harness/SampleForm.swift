internal import TestCases

/// What one party says in a harness: one message, or several; or an object that names the
/// transport as well.
struct SampleForm: Decodable {
    let messages: [Bytes]
    /// Nil for that of the samples around it.
    let transport: TestCase.Session.Transport?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case transport, messages
    }

    init(from decoder: any Decoder) throws {
        guard let container = try? decoder.container(keyedBy: CodingKeys.self),
            container.contains(.transport) || container.contains(.messages)
        else {
            messages = try MessagesForm(from: decoder).messages
            transport = nil
            return
        }
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        messages = try container.decode(MessagesForm.self, forKey: .messages).messages
        transport =
            container.contains(.transport)
            ? try TestCase.Session.Transport(container, forKey: .transport) : nil
    }
}

/// One message, or a list of them.
private struct MessagesForm: Decodable {
    let messages: [Bytes]

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var messages: [Bytes] = []
            while !list.isAtEnd { messages.append(try list.decode(MessageForm.self).bytes) }
            self.messages = messages
        } else {
            messages = [try MessageForm(from: decoder).bytes]
        }
    }
}

/// A message: text, or `{ hex: "10 0c 00 04" }` for one that is none.
private struct MessageForm: Decodable {
    let bytes: Bytes

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case hex
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: CodingKeys.self) {
            try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
            let digits = try container.decode(String.self, forKey: .hex)
            guard let bytes = Self.bytes(digits) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .hex, in: container,
                    debugDescription: "must be pairs of hexadecimal digits, such as \"10 0c 00\"")
            }
            self.bytes = bytes
            return
        }
        do {
            bytes = Bytes(try decoder.singleValueContainer().decode(String.self).utf8)
        } catch let error as DecodingError {
            guard case .typeMismatch(_, let context) = error else { throw error }
            throw Self.refusal(
                "must be strings, { hex: … }, or lists of these", at: context.codingPath)
        } catch {
            // What Foundation throws for \u0000 is of no public type.
            throw Self.refusal(
                "a string cannot hold a byte of zero; write such a message as { hex: \"00 0a\" }",
                at: decoder.codingPath)
        }
    }

    private static func refusal(_ text: String, at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(.init(codingPath: path, debugDescription: text))
    }

    private static func bytes(_ text: String) -> Bytes? {
        let digits = text.filter { !$0.isWhitespace }.map(\.hexDigitValue)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: Bytes = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
