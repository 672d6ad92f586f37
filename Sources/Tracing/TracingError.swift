package import Platform

/// Why an execution could not be traced. What a target does to itself is never one of these.
package enum TracingError: Error, Sendable {
    /// The target's process could not be started; `isExecution` when it was `execve` that refused,
    /// which is the file's matter, or an input's (argument lists too long, tight limits).
    case launch(SystemError, isExecution: Bool)
    /// The kernel refused a tracing request for another reason than the task's death.
    case tracer(SystemError)
}

extension TracingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .launch(let error, _): error.description
        case .tracer(let error): "\(error); the kernel may forbid ptrace, see fathom doctor"
        }
    }
}
