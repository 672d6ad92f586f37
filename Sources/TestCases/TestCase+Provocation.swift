/// How far a test case goes to provoke its target; what it shows belongs to the tier of that name.
///
/// Ordered from what any user may cause to what only a failing machine does.
package enum Provocation: UInt8, Comparable, CaseIterable, Hashable, Sendable {
    /// Arguments, environment, input, files, network; of servers also signals that they take.
    case natural
    /// Limits, closed or full descriptors, a deleted or unreadable working directory.
    case resource
    /// Signals sent from outside.
    case signal
    /// System calls made to fail.
    case injected

    package static func < (left: Provocation, right: Provocation) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension TestCase {
    /// The strongest provocation that any part of the test case is.
    package var provocation: Provocation {
        if !faults.isEmpty { return .injected }
        if !signals.isEmpty || sessions.contains(where: \.sendsSignal) { return .signal }
        let isResource =
            !limits.isEmpty || workingDirectory.provocation == .resource
            || descriptors.contains { $0.source.provocation == .resource }
        return isResource ? .resource : .natural
    }
}

extension TestCase.Session {
    /// Whether a step is a signal to the target, whatever that does about it.
    package var sendsSignal: Bool {
        steps.contains { if case .signal = $0 { true } else { false } }
    }

    /// Whether a step tells the target something by a signal that it takes.
    package var notifies: Bool {
        steps.contains { if case .notify = $0 { true } else { false } }
    }
}

extension TestCase.WorkingDirectory {
    /// A directory that is deep is merely unusual; one that is gone or cannot be read is broken.
    package var provocation: Provocation {
        switch self {
        case .scratch, .deep: .natural
        case .deleted, .unreadable: .resource
        }
    }
}

extension TestCase.Descriptor.Source {
    /// Any shell can redirect to a terminal, a file or the null device.
    package var provocation: Provocation {
        switch self {
        case .null, .terminal, .file: .natural
        case .closed, .full, .brokenPipe: .resource
        }
    }
}
