internal import CSeccomp
package import Syscalls

/// The names that consumers built on libseccomp know: runc, crun, podman, systemd and firejail.
///
/// They resolve names when they load a policy, and most of them drop an unknown name in silence,
/// so an export must know beforehand.
package enum ConsumerNames {
    /// Whether this machine's libseccomp has the call, under the same name and number.
    package static func contains(_ syscall: SyscallNumber) -> Bool {
        let resolved = unsafe seccomp_syscall_resolve_name_arch(
            FilterProgram.architecture, syscall.name)
        return resolved == Int32(exactly: syscall.rawValue)
    }

    /// The names of a set, sorted; throws when one would be dropped.
    static func names(of calls: SyscallSet, for consumer: String) throws(PolicyError) -> [String] {
        let unknown = SyscallSet(calls.filter { !contains($0) })
        guard unknown.isEmpty else {
            throw PolicyError(
                .unknownName,
                "cannot export for \(consumer): libseccomp here does not know "
                    + "\(unknown.sortedNames.joined(separator: ", ")), so the consumer would drop "
                    + "what the program needs; use a newer libseccomp or the bpf format")
        }
        return calls.sortedNames
    }
}
