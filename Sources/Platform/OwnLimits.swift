internal import Glibc

/// The limits that a shell or a service manager has put on this process.
package enum OwnLimits {
    /// What this program needs for itself, whatever it executes.
    private static let needs: [(resource: Resource, least: UInt64)] = [
        (.openFiles, 1024), (.stack, 1 << 20), (.fileSize, 256 << 20),
        (.addressSpace, 2 << 30),
    ]

    private enum Resource {
        case openFiles, stack, fileSize, addressSpace

        var number: __rlimit_resource_t {
            switch self {
            case .openFiles: __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            case .stack: __rlimit_resource_t(RLIMIT_STACK.rawValue)
            case .fileSize: __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            case .addressSpace: __rlimit_resource_t(RLIMIT_AS.rawValue)
            }
        }

        /// What the limit is on, and how a shell sets it.
        var words: (name: String, option: String, unit: UInt64) {
            switch self {
            case .openFiles: ("open files", "-n", 1)
            case .stack: ("the stack, in kilobytes,", "-s", 1024)
            case .fileSize: ("the size of files, in kilobytes,", "-f", 1024)
            case .addressSpace: ("the address space, in kilobytes,", "-v", 1024)
            }
        }
    }

    /// A sentence on the first limit that is too low to work under; nil where none is.
    package static var obstacle: String? {
        for (resource, least) in needs {
            var limit = rlimit()
            guard unsafe getrlimit(resource.number, &limit) == 0, UInt64(limit.rlim_cur) < least
            else {
                continue
            }
            let words = resource.words
            return
                "the limit on \(words.name) is \(UInt64(limit.rlim_cur) / words.unit), and fathom needs "
                + "\(least / words.unit) for itself; raise it with ulimit \(words.option) "
                + "\(least / words.unit)"
        }
        return nil
    }

    /// Has writes beyond the limit on files fail with a reason, instead of ending the process
    /// without one. Programs that are executed do not inherit it.
    package static func failAtFileSize() {
        _ = signal(SIGXFSZ) { _ in }
    }
}
