/// A file whose code ran while something was learned; with another content it may not hold.
package struct LearnedFile: Hashable, Sendable, Codable {
    package let path: String
    /// Of the content, in hexadecimal.
    package let sha256: String

    package init(path: String, sha256: String) {
        self.path = path
        self.sha256 = sha256
    }
}
