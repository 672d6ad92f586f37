internal import Syscalls
internal import Texts

extension ExtractionView {
    /// One kind of thing that no analysis of the files can settle.
    package struct Concern: Sendable, Encodable {
        /// As in ``StaticSet/Unresolved/kind``.
        package let kind: String
        package let count: Int
        /// What it means for the set.
        package let meaning: String

        /// One for each kind among the places, the gravest first.
        static func concerns(in places: [StaticSet.Unresolved]) -> [Concern] {
            let counts = Dictionary(grouping: Set(places), by: \.kind).mapValues(\.count)
            let known = meanings.compactMap { kind, meaning in
                counts[kind].map { Concern(kind: kind, count: $0, meaning: meaning) }
            }
            let names = Set(meanings.map(\.kind))
            let others = counts.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
            return known
                + others.map { Concern(kind: $0.key, count: $0.value, meaning: "not followed") }
        }

        private static let meanings: [(kind: String, meaning: String)] = [
            ("number", "instructions that may make calls that are not in the set"),
            ("library", "libraries that are not there; their calls are not in the set"),
            ("dlopen", "libraries are loaded whose names are not constant"),
            ("dlsym", "functions are looked up whose names are not constant"),
            ("execve", "other programs are run; their calls are their own"),
            ("writable code", "code can be written while the program runs"),
            ("executable stack", "code can run on the stack"),
            ("text relocations", "the loader changes code; what runs is not what the file holds"),
            ("32-bit system call", "calls of the 32-bit table, which the set does not name"),
            ("x32 system call", "calls of the x32 table, which filters must treat apart"),
        ]
    }

    /// How many places of each kind a text shows that is not verbose.
    private static let shown = 3

    func soundnessText(_ width: Int) -> ShownText? {
        guard !soundness.isEmpty else { return nil }
        let places = Dictionary(grouping: unresolved, by: \.kind)
        let parts = soundness.map { concern -> ShownText in
            var table = TextTable([("", .left), ("", .left)])
            let all = places[concern.kind] ?? []
            for place in isVerbose ? all[...] : all.prefix(Self.shown) {
                let offset = String(place.site.offset, radix: 16)
                table.append([
                    Figures.fileName(place.site.module) + "+0x" + offset, place.detail,
                ])
            }
            let head = WrappedText.paragraph(
                "  ", "\(concern.kind) (\(concern.count)): \(concern.meaning)", width: width)
            let rest = isVerbose ? 0 : all.count - Self.shown
            return head + "\n" + table.text(width: width, indent: 4)
                + (rest > 0 ? "\n    and \(rest) more; --verbose shows them" : "")
        }
        return "Soundness: what the set may lack\n" + parts.joined(separator: "\n")
    }
}
