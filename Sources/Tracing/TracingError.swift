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
        case .launch(let error, isExecution: true): Self.explain(error)
        case .launch(let error, isExecution: false): error.description
        case .tracer(let error): "\(error); the kernel may forbid ptrace, see fathom doctor"
        }
    }

    private static func explain(_ error: SystemError) -> String {
        switch error.code {
        case 2: "\(error); the file or the loader that it names is missing"
        case 8: "\(error); it is no program that this machine can run"
        case 13: "\(error); set its execute bit and that of the folders above it"
        default: error.description
        }
    }
}
