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
        let bytes = Array(text.utf8)
        let isVersion: (UInt8) -> Bool = { $0 == 46 || (48...57).contains($0) }
        let suffix = Array(".so".utf8)
        guard let tail = bytes.lastIndex(where: { !isVersion($0) }), tail >= 3,
            bytes[(tail - 2)...tail].elementsEqual(suffix), bytes.count - (tail - 2) <= 12
        else { return false }
        return !bytes.contains(37)
    }
}
