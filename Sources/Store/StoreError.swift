package import Platform

/// Why a campaign's folder could not be read or written.
package struct StoreError: Error, Hashable, Sendable {
    /// For callers that go on differently.
    package enum Code: Hashable, Sendable {
        /// There is no campaign at the path.
        case missing
        /// Another process writes to it; its id where it could be read.
        case owned(by: Int32?)
        /// The file is a database, but none of ours, or no database.
        case notACampaign
        /// A newer version of this program wrote it.
        case newerSchema
        /// An older version wrote it, and it is open for reading only.
        case olderSchema
        /// What is in the file cannot be.
        case corrupt
        /// The disk or the quota is full. The batch was not saved, what was saved before is.
        case diskFull
        /// With the batch a row would refer to a test case that is neither in it nor in the store.
        case unknownTestCase
        case system
    }

    package let code: Code
    /// A verb phrase for a sentence that begins "cannot", such as `open campaign.db`.
    package let operation: String
    /// Why, and what to try.
    package let reason: String

    package init(code: Code, operation: String, reason: String) {
        self.code = code
        self.operation = operation
        self.reason = reason
    }

    package init(_ error: SystemError) {
        self.init(
            code: error.isDiskFull ? .diskFull : .system, operation: error.operation,
            reason: error.reason)
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String { "cannot \(operation): \(reason)" }
}
