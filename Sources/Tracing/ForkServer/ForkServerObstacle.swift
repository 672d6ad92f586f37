package import Platform

/// Why a program cannot be copied at `main`: a copy would differ from a fresh start.
package enum ForkServerObstacle: Error, Hashable, Sendable {
    case noMain
    case endsBeforeMain
    case makesTasks
    case opensDescriptors
    case hasTimers
    case sharesMemory
    case changesItself
    case knowsItsProcess
    case readsInput
    case readsMuchMemory
    case hasManyArguments
    /// The kernel refused a step.
    case refused(SystemError)
    /// The program could not be launched at all.
    case launch(SystemError)
}

extension ForkServerObstacle: CustomStringConvertible {
    /// A clause whose subject is the program.
    package var description: String {
        switch self {
        case .noMain: "its entry point does not lead to a main function"
        case .endsBeforeMain: "it ends before its main function"
        case .makesTasks: "it makes threads or processes before main"
        case .opensDescriptors: "it opens or closes descriptors before main and leaves them so"
        case .hasTimers: "it sets timers before main"
        case .sharesMemory: "it has memory before main that a copy would not have"
        case .changesItself: "it changes before main what a copy would not inherit"
        case .knowsItsProcess: "it asks for its process id before main"
        case .readsInput: "it reads its inputs before main"
        case .readsMuchMemory: "it fills too much memory before main"
        case .hasManyArguments: "it gets more or longer arguments before others than copies do"
        case .refused(let error): "the kernel does not allow it: \(error)"
        case .launch(let error): "\(error)"
        }
    }
}
