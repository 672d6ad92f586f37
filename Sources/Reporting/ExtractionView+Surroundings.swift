internal import Syscalls
internal import Texts

/// What the set depends on besides the program's own code, and the programs that it runs.
extension ExtractionView {
    func assumptionText(_ width: Int) -> ShownText? {
        guard !assumptions.isEmpty else { return nil }
        return "Assumptions (\(assumptions.count)); --without NAME leaves one out\n"
            + assumptions.map { assumption in
                let text = [
                    Self.sentence(assumption.detail),
                    Self.change("Adds", assumption.added),
                    Self.change("Takes out", assumption.removed),
                ].compactMap { $0 }.joined(separator: " ")
                return WrappedText.paragraph("  \(assumption.name): ", text, width: width)
            }.joined(separator: "\n")
    }

    func programText(_ width: Int) -> ShownText? {
        guard !programs.isEmpty else { return nil }
        let own = SyscallSet(syscalls.map { SyscallNumber(rawValue: $0.number) })
        return "Programs it runs (\(programs.count)); their calls are not in the set\n"
            + programs.map { run in
                WrappedText.paragraph(
                    "  \(run.name): ", Self.sentence(Self.description(run, own)), width: width)
            }.joined(separator: "\n")
    }

    func inputText(_ width: Int) -> ShownText? {
        let files = inputs.compactMap { input in
            input.hash.map { "\(input.path) (\($0.prefix(8)))" }
        }
        guard !files.isEmpty else { return nil }
        return WrappedText.paragraph(
            "Configuration read: ", Self.sentence(files.joined(separator: ", ")), width: width)
    }

    private static func change(_ verb: String, _ calls: SyscallSet) -> String? {
        calls.isEmpty ? nil : "\(verb) \(calls.sortedNames.joined(separator: ", "))."
    }

    private static func description(_ run: StaticSet.ProgramRun, _ own: SyscallSet) -> String {
        var words: [String] = []
        if let path = run.path, path != run.name { words.append(path) }
        if let interpreter = run.interpreter { words.append("by \(interpreter)") }
        if run.depth > 1 { words.append("run by \(run.parent)") }
        guard run.reason == nil else {
            return (words + [run.reason ?? ""]).joined(separator: ", ")
        }
        let other = run.syscalls.subtracting(own)
        words.append(Figures.count(run.syscalls.count, "call"))
        if !other.isEmpty {
            words.append(
                "\(other.count) not in this set: " + other.sortedNames.joined(separator: ", "))
        }
        return words.joined(separator: ", ")
    }

    private static func sentence(_ text: String) -> String {
        guard let last = text.last else { return "" }
        return ".!?".contains(last) ? text : text + "."
    }
}
