/// The first line of a script.
enum ScriptLine {
    /// What stands behind `#!` in a file, as far as the kernel reads it; nil for one that does not
    /// begin so.
    static func read(_ path: String, _ files: FileRecord) -> String? {
        guard let start = files.start(of: path), start.starts(with: [0x23, 0x21]) else {
            return nil
        }
        return String(decoding: start.dropFirst(2).prefix { $0 != 10 }, as: UTF8.self)
    }
}
