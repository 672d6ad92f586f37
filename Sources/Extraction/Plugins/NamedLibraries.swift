/// Libraries whose file name stands in live code, for `dlopen`.
///
/// Of the functions that such a library exports, those count whose names live code holds; when it
/// holds none of them, all do.
struct NamedLibraries: Plugin {
    let name = "dlopen"

    func extend(_ reachability: inout Reachability) -> String? {
        var loaded: [String] = []
        for module in reachability.strings.keys.sorted() {
            let texts = (reachability.strings[module] ?? [:]).keys
            for text in texts.filter(Self.isLibraryName).sorted() {
                let known = Set(reachability.strings.values.flatMap(\.keys))
                guard let index = reachability.program.load(text, requester: module) else {
                    continue
                }
                let exported = reachability.program.modules[index].file.contents.symbols.exported
                let named = exported.keys.filter(known.contains)
                reachability.addLibraryRoots(from: index, label: "library \(text)") {
                    named.isEmpty || known.contains($0)
                }
                loaded.append(text)
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
