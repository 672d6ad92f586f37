internal import Foundation
internal import Platform
internal import TestCases

/// A file of the tree as a harness has it: its text, or `{ from: … }`, `{ link: … }`,
/// `{ directory: true }`.
struct FileForm: Decodable {
    private enum Content {
        case kind(TestCase.File.Kind)
        /// A file of the harness's folder.
        case copy(String)
    }

    private var content: Content
    private var mode: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case link, directory, fifo, text, from, mode
    }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            content = .kind(.regular(Bytes(text.utf8)))
            return
        }
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mode = try container.decodeIfPresent(String.self, forKey: .mode)
        if let target = try container.decodeIfPresent(String.self, forKey: .link) {
            content = .kind(.symbolicLink(target: Bytes(target.utf8)))
        } else if try container.decodeIfPresent(Bool.self, forKey: .directory) == true {
            content = .kind(.directory)
        } else if try container.decodeIfPresent(Bool.self, forKey: .fifo) == true {
            content = .kind(.fifo)
        } else if let path = try container.decodeIfPresent(String.self, forKey: .from) {
            content = .copy(path)
        } else {
            content = .kind(.regular(Bytes(try container.decode(String.self, forKey: .text).utf8)))
        }
    }

    /// `file` and `text` are the harness's.
    func file(
        at path: String, from places: FilePlaces, file: String, text: String
    ) throws(HarnessError) -> TestCase.File {
        let kind: TestCase.File.Kind
        switch content {
        case .kind(let given): kind = given
        case .copy(let name):
            do {
                kind = .regular(try places.read(name))
            } catch {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: name, in: text),
                    problem: error.description)
            }
        }
        var permissions: UInt16 = kind == .directory ? 0o755 : 0o644
        if let mode {
            guard let bits = UInt16(mode, radix: 8), bits <= 0o7777 else {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: mode, in: text),
                    problem: "mode must be an octal number such as \"600\", not \"\(mode)\"")
            }
            permissions = bits
        }
        return TestCase.File(path: Bytes(path.utf8), kind: kind, mode: permissions)
    }
}
