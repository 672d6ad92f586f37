/// Pluggable authentication: `pam_start` loads the modules of a service's stack.
///
/// Which service a program names is rarely a constant, so the modules of all configured services
/// count.
struct AuthenticationModules: Plugin {
    let name = "pam"

    private static let folder = "/lib/x86_64-linux-gnu/security"

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "pam_start") else { return nil }
        let tree = reachability.program.search.tree
        let requester = reachability.module(exporting: "pam_start")
        var modules: Set<String> = []
        for service in tree.names(in: "/etc/pam.d") {
            modules.formUnion(Self.modules(tree.lines("/etc/pam.d/" + service)))
        }
        for module in modules.sorted() {
            let path = module.hasPrefix("/") ? module : Self.folder + "/" + module
            _ = reachability.load(path, requester: requester, label: "module \(module)") {
                $0.hasPrefix("pam_sm_")
            }
        }
        return "modules of all services in /etc/pam.d: " + modules.sorted().joined(separator: " ")
    }

    /// The file names in the lines of one stack.
    static func modules(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
                .first { $0.hasSuffix(".so") }.map(String.init)
        }
    }
}
