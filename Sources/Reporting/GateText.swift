internal import Syscalls
internal import Texts

/// Gates for people.
enum GateText {
    /// The names, each with its kind where that is known: `abort (failure)`.
    static func list(_ names: [String]) -> String {
        names.map { name in
            GateDescription.named(name).map { "\(name) (\($0.kind.rawValue))" } ?? name
        }.joined(separator: ", ")
    }

    /// A line for each: what opens it.
    static func conditions(_ names: [String], width: Int) -> ShownText {
        names.map { name -> ShownText in
            guard let gate = GateDescription.named(name) else { return "  \(name)" }
            return WrappedText.paragraph(
                "  ", "\(gate.name) (\(gate.kind.rawValue)): when \(gate.condition)", width: width)
        }.joined(separator: "\n")
    }
}
