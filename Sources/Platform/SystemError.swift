internal import Glibc

/// A system call of ours that failed: what was being done, to what, and the kernel's answer.
package struct SystemError: Error, Hashable, Sendable {
    /// The error number, positive.
    package let code: Int32
    /// A verb phrase for a sentence that begins "cannot", such as `open /etc/passwd`.
    package let operation: String

    package init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The error number that the calling thread's last library call left.
    package static func last(_ operation: @autoclosure () -> String) -> SystemError {
        let code = errno
        return SystemError(code: code, operation: operation())
    }

    /// Returns a result that is not negative; throws one that is, as a negative error number.
    @discardableResult
    @inline(__always)
    package static func check(
        _ result: Int32, _ operation: @autoclosure () -> String
    ) throws(SystemError) -> Int32 {
        guard result < 0 else { return result }
        throw SystemError(code: -result, operation: operation())
    }

    @discardableResult
    @inline(__always)
    package static func check(
        _ result: Int, _ operation: @autoclosure () -> String
    ) throws(SystemError) -> Int {
        guard result < 0 else { return result }
        throw SystemError(code: Int32(-result), operation: operation())
    }

    /// The kernel's words for the error number.
    package var reason: String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

extension SystemError: CustomStringConvertible {
    package var description: String { "cannot \(operation): \(reason)" }
}
