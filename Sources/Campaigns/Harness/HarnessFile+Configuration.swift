internal import Foundation
internal import Mutation
internal import TestCases

/// Configuration that a harness offers in the place of what its files have:
/// `{ file: "nginx.conf", after: "http {", lines: ["gzip off;"] }`.
struct ConfigurationForm: Decodable {
    private var file: String
    private var after: String?
    private var lines: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case file, after, lines
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        file = try container.decode(String.self, forKey: .file)
        after = try container.decodeIfPresent(String.self, forKey: .after)
        lines = try container.decode([String].self, forKey: .lines)
    }

    /// `base` has the file tree that the configuration is in.
    func configuration(of base: TestCase) throws(HarnessProblem) -> Configuration {
        let path = Bytes(file.utf8)
        guard let entry = base.files.first(where: { $0.path == path }),
            case .regular(let bytes) = entry.kind
        else {
            throw HarnessProblem(
                "configuration names \(file), which is no file of files", field: file)
        }
        let anchor = after?.trimmingCharacters(in: .whitespaces)
        if let anchor, !anchor.isEmpty {
            let known = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard known.contains(anchor) else {
                throw HarnessProblem("no line of \(file) is \"\(anchor)\"", field: anchor)
            }
        }
        return Configuration(
            file: path, anchor: anchor.map { Bytes($0.utf8) },
            alternatives: lines.map { Bytes($0.utf8) })
    }
}
