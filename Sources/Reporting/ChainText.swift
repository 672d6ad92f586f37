package import Syscalls
package import Texts

/// The way from a root to a call in the static set, for people.
package enum ChainText {
    /// The root and as many of the last functions as fit into `width` characters, at least one;
    /// guesses are marked as in ``mark(_:)``.
    package static func oneLine(_ chain: [StaticSet.Step], width: Int) -> String {
        guard let first = chain.first else { return "a way that was not recorded" }
        let words = chain.map { mark($0.link) + name($0) }
        let whole = words.joined(separator: arrow)
        guard whole.count > width, let last = words.last else { return whole }
        let head = first.function + arrow + "…"
        var tail = last
        for word in words.dropFirst().dropLast().reversed() {
            let longer = word + arrow + tail
            guard head.count + arrow.count + longer.count <= width else { break }
            tail = longer
        }
        return WrappedText.shortened(head + arrow + tail, to: width)
    }

    private static let arrow = " → "

    /// One hop a line, root first: how it is reached, the function, its module.
    package static func table(
        _ chain: [StaticSet.Step], width: Int, indent: Int = 2
    ) -> ShownText {
        var table = TextTable([("BY", .left), ("FUNCTION", .left), ("MODULE", .left)])
        for step in chain {
            let isGuess = step.link == .addressTaken
            table.append([
                words(step.link), step.function,
                Figures.fileName(step.module) + (isGuess ? "  (a guess: any call might)" : ""),
            ])
        }
        return table.text(width: width, indent: indent)
    }

    /// A function without a name is an offset, which means nothing without its file.
    private static func name(_ step: StaticSet.Step) -> String {
        step.function.hasPrefix("0x")
            ? "\(stem(step.module))+\(step.function)" : step.function
    }

    /// `libc` of `/lib/libc.so.6`.
    private static func stem(_ path: String) -> String {
        let name = Figures.fileName(path)
        return name.split(separator: ".").first.map(String.init) ?? name
    }

    private static func mark(_ link: StaticSet.Step.Link) -> String {
        switch link {
        case .addressTaken: "(address taken) "
        case .data: "(data) "
        case .lookup: "(looked up) "
        case .root, .call, .imported: ""
        }
    }

    private static func words(_ link: StaticSet.Step.Link) -> String {
        switch link {
        case .root: "root"
        case .call: "call"
        case .imported: "import"
        case .addressTaken: "address taken"
        case .data: "data"
        case .lookup: "lookup"
        }
    }
}
