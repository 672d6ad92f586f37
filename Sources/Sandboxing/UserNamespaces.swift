internal import Platform

/// What the kernel says about user namespaces.
package enum UserNamespaces {
    /// Settings that forbid unprivileged user namespaces, with the value that allows them.
    private static let settings:
        [(path: String, forbids: @Sendable (String) -> Bool, fix: String)] =
            [
                (
                    "/proc/sys/kernel/unprivileged_userns_clone", { $0 == "0" },
                    "sysctl kernel.unprivileged_userns_clone=1"
                ),
                (
                    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", { $0 == "1" },
                    "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
                ),
                (
                    "/proc/sys/user/max_user_namespaces", { $0 == "0" },
                    "sysctl user.max_user_namespaces=1000"
                ),
            ]

    /// What stands in the way of a sandbox, one command that removes it for each; empty when no
    /// known setting does.
    package static var obstacles: [String] {
        settings.compactMap { setting in
            guard let text = try? SmallFile.text(setting.path) else { return nil }
            return setting.forbids(text.filter { !$0.isWhitespace }) ? setting.fix : nil
        }
    }

    static var remedy: String {
        let obstacles = obstacles
        guard obstacles.isEmpty else { return "as root: " + obstacles.joined(separator: "; ") }
        return "inside a container the runtime may forbid it; see fathom doctor"
    }
}
