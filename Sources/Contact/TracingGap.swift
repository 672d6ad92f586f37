package import Syscalls

/// Something that a program does and no tracer sees, or sees otherwise than it is without one.
package enum TracingGap: Hashable, Sendable {
    /// It has the kernel do things by io_uring, which are no system calls.
    case ring
    /// It makes calls through the 32-bit gate, which no policy lets through.
    case otherArchitecture
    /// It executes a program that has rights of its own, by set-user-ID bits or file capabilities,
    /// and does not get them.
    case privileges(image: String)

    /// - Parameters:
    ///   - calls: those that were seen, of any role.
    ///   - privileged: images that were executed and have rights of their own.
    package static func found(
        in calls: some Sequence<SyscallNumber>, privileged: [String]
    ) -> [TracingGap] {
        var gaps: [TracingGap] = []
        var (hasRing, hasOther) = (false, false)
        for call in calls {
            if call.name == "io_uring_enter" || call.name == "io_uring_setup" { hasRing = true }
            if call.isCompatibility { hasOther = true }
        }
        if hasRing { gaps.append(.ring) }
        if hasOther { gaps.append(.otherArchitecture) }
        return gaps + privileged.map { .privileges(image: $0) }
    }

    package var sentence: String {
        switch self {
        case .ring:
            "It uses io_uring: what the kernel does for it that way is no system call, so that it is "
                + "neither seen here nor stopped by a filter that allows io_uring_enter."
        case .otherArchitecture:
            "Some of its code calls through the 32-bit gate: such calls are shown as i386:NAME, without "
                + "what is in their arguments, and every exported filter kills at them."
        case .privileges(let image):
            "\(image) has rights of its own (a set-user-ID or set-group-ID bit), which it does not "
                + "get when it is traced: what it does with them is not seen."
        }
    }
}
