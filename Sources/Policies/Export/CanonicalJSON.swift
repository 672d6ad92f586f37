internal import Foundation
internal import Texts

/// JSON with sorted keys and fixed spacing: equal values give equal bytes.
enum CanonicalJSON {
    static func encode(_ value: some Encodable, what: String) throws(PolicyError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let text = String(decoding: try encoder.encode(value), as: UTF8.self)
            return Array(ShownText(json: text + "\n").text.utf8)
        } catch {
            throw PolicyError(.malformed, "cannot write \(what) as JSON: \(error)")
        }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], what: String
    ) throws(PolicyError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw PolicyError(
                .malformed,
                "cannot read \(what): \(sentence(error)); fathom export CAMPAIGN --format policy "
                    + "writes one")
        }
    }

    private static func sentence(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ last: [any CodingKey] = []) -> String {
            (context.codingPath + last).map { key in
                key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
            }.joined()
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context): "it has no \(place(context, [key]))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context)) is of another type"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(place(context)) is none of the known values"
        case .dataCorrupted: "it is not JSON"
        default: "\(error)"
        }
    }
}

extension Policy {
    /// The policy's own form: sorted, without time of day, the same for equal policies.
    package var canonicalBytes: [UInt8] {
        get throws(PolicyError) { try CanonicalJSON.encode(self, what: "the policy") }
    }

    /// Reads what ``canonicalBytes`` wrote; errors name what holds it.
    package init(
        canonicalBytes: [UInt8], what: String = "the policy"
    ) throws(PolicyError) {
        self = try CanonicalJSON.decode(Policy.self, from: canonicalBytes, what: what)
        guard version == Self.formatVersion else {
            throw PolicyError(
                .malformed,
                "cannot read \(what): it has version \(version) and this release knows "
                    + "version \(Self.formatVersion); export it again")
        }
    }
}
