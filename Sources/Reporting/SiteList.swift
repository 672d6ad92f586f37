internal import Syscalls

/// Call sites below each other.
enum SiteList {
    private static let shown = 12

    /// A title with their number, then a line for each of the first ones.
    static func text(_ sites: [CallSite], title: String) -> String {
        let lines = sites.prefix(shown).map { "\n  \($0)" }.joined()
        let rest = sites.count - shown
        return "\(title) (\(sites.count))\(lines)" + (rest > 0 ? "\n  and \(rest) more" : "")
    }
}
