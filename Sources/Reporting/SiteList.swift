internal import Syscalls
internal import Texts

/// Call sites below each other.
enum SiteList {
    private static let shown = 12

    /// A title with their number, then a line for each of the first ones.
    static func text(_ sites: [CallSite], title: String) -> ShownText {
        let lines = sites.prefix(shown).map { "\n  \($0)" as ShownText }.joined()
        let rest = sites.count - shown
        return "\(title) (\(sites.count))\(lines)" + (rest > 0 ? "\n  and \(rest) more" : "")
    }
}
