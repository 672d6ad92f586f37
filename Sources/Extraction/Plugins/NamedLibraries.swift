/// Libraries whose file name stands in live code, for `dlopen`.
///
/// Of the functions that such a library exports, those count whose names live code holds; when it
/// holds none of them, all do, as the names may be put together.
struct NamedLibraries: Plugin {
    let name = "dlopen"

    func extend(_ reachability: inout Reachability) -> String? {
        var loaded: [String] = []
        let known = Set(reachability.strings.values.flatMap(\.keys))
        for module in reachability.strings.keys.sorted() {
            let texts = (reachability.strings[module] ?? [:]).keys
            for text in texts.filter(Self.isLibraryName).sorted() {
                let isLoaded = reachability.load(
                    text, requester: module, label: "library \(text)", exports: known.contains)
                if isLoaded, !loaded.contains(text) { loaded.append(text) }
            }
        }
        return loaded.isEmpty
            ? nil : "libraries named in live code: " + loaded.joined(separator: " ")
    }

    /// Whether a text is `….so` or `….so.N`.
    static func isLibraryName(_ text: String) -> Bool {
        guard !text.contains("%"), let range = text.ranges(of: ".so").last,
            range.lowerBound > text.startIndex, text[range.lowerBound...].count <= 12
        else { return false }
        return text[range.upperBound...].allSatisfy { $0 == "." || $0.isNumber }
    }
}
