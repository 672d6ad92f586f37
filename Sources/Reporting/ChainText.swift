package import Syscalls

/// The way from a root to a call in the static set, for people.
package enum ChainText {
    /// The first and the last functions in one line; guesses are marked as in ``mark(_:)``.
    package static func oneLine(_ chain: [StaticSet.Step]) -> String {
        guard !chain.isEmpty else { return "a way that was not recorded" }
        let shown = chain.count <= 5 ? chain[...] : chain.suffix(3)
        let words = shown.map { mark($0.link) + name($0) }
        let first = chain.count <= 5 ? [] : [chain[0].function, "…"]
        return (first + words).joined(separator: " → ")
    }

    /// One hop a line, root first: how it is reached, the function, its module.
    package static func table(
        _ chain: [StaticSet.Step], width: Int, indent: Int = 2
    ) -> String {
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
            ? "\(Figures.fileName(step.module))+\(step.function)" : step.function
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
