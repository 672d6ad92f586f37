/// Why a file cannot be analysed, as one sentence.
package struct ExtractionError: Error, Hashable, Sendable {
    /// What kind of failure it is, for callers that react differently.
    package enum Code: Hashable, Sendable {
        /// The file cannot be opened or mapped.
        case unreadable
        /// A `#!` script; the analysis of its interpreter is what the caller wants.
        case script(interpreter: String)
        /// No ELF file, or one for another machine, class or purpose.
        case unsupported
        /// The file contradicts itself or ends too early.
        case corrupt
    }

    package let code: Code
    package let path: String
    /// File offset of what is wrong, where there is one.
    package let offset: UInt64?
    /// What is wrong and what to try, as the second half of a sentence.
    package let reason: String

    package init(code: Code, path: String, offset: UInt64? = nil, reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
    }
}

extension ExtractionError: CustomStringConvertible {
    package var description: String {
        let place = offset.map { " at offset 0x" + String($0, radix: 16) } ?? ""
        return "cannot extract the system calls of \(path)\(place): \(reason)"
    }
}
