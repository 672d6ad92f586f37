internal import CZlib
internal import Mutation
internal import Platform
internal import TestCases

/// The source of the machine's manual pages.
enum ManualPages {
    private static let folders = ["/usr/share/man", "/usr/local/share/man"]
    /// Programs are described in the first and the eighth section, games in the sixth.
    private static let sections = ["1", "8", "6"]
    private static let byteLimit = 4 << 20

    /// The page about a program or a command of it; nil where there is none.
    static func page(named name: String) -> Bytes? {
        guard !name.isEmpty, !name.contains("/"), name.utf8.count < 128 else { return nil }
        for folder in folders {
            for section in sections {
                let path = "\(folder)/man\(section)/\(name).\(section)"
                guard let source = read(path) else { continue }
                guard let other = Vocabulary.redirection(inManualPage: source) else {
                    return source
                }
                let target = String(decoding: other, as: UTF8.self)
                return target.contains("..") ? nil : read("\(folder)/\(target)")
            }
        }
        return nil
    }

    /// Plain or compressed.
    private static func read(_ path: String) -> Bytes? {
        for candidate in [path, path + ".gz"] where SmallFile.resolve(candidate) != nil {
            guard let file = unsafe gzopen(candidate, "rb") else { continue }
            defer { unsafe gzclose(file) }
            var bytes: Bytes = []
            while bytes.count < byteLimit {
                let chunk = unsafe Bytes(unsafeUninitializedCapacity: 65_536) { buffer, count in
                    count = max(
                        0, Int(unsafe gzread(file, buffer.baseAddress, UInt32(buffer.count))))
                }
                if chunk.isEmpty { break }
                bytes += chunk
            }
            if !bytes.isEmpty { return bytes }
        }
        return nil
    }
}
