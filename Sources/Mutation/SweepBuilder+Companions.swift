import TestCases

/// Options with those that are spoken of where they are described: some only count together.
extension SweepBuilder {
    /// Companions of one option that are tried with it, each alone and with its own first ones.
    private static let mostCompanions = 6
    /// Companions of a companion.
    private static let mostOfCompanion = 2
    /// Command lines that are tried early, and later; those beyond are left to chance.
    private static let mostFirst = 128
    private static let mostAccompanied = 512

    /// Of those that one sentence speaks of, or that are needed, so many are tried together.
    private static let mostTogether = 3

    /// The option in the shortest way behind those that may have to stand beside it, a few ways to
    /// choose them: what one sentence speaks of, all that are said to be needed; then each with what
    /// it needs itself, and alone.
    ///
    /// - Parameter options: those that there are, by spelling.
    static func accompanied(
        _ option: Vocabulary.Option, among options: [Bytes: Vocabulary.Option]
    ) -> [[Bytes]] {
        let direct = companions(of: option, beside: option, options)
        var company: [[Bytes]] = []
        let needed = direct.filter(\.isNeeded)
        let sentences = Dictionary(grouping: needed, by: \.sentence).sorted { $0.key < $1.key }
            .map(\.value)
        for group in sentences.filter({ $0.count > 1 }) + [needed] where group.count > 1 {
            company.append(group.prefix(mostTogether).flatMap(\.tokens))
        }
        for companion in direct.prefix(mostCompanions) {
            let its = companions(of: companion.option, beside: option, options)
                .filter(\.isNeeded).prefix(mostOfCompanion)
            if !its.isEmpty { company.append(its.flatMap(\.tokens) + companion.tokens) }
            company.append(companion.tokens)
        }
        return company.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            .map { $0 + shortest(option) }
    }

    private static func companions(
        of option: Vocabulary.Option, beside other: Vocabulary.Option,
        _ options: [Bytes: Vocabulary.Option]
    ) -> [(option: Vocabulary.Option, tokens: [Bytes], isNeeded: Bool, sentence: Int)] {
        option.companions.compactMap { companion in
            guard let known = options[companion.spelling], known.isFounded, !known.endsProgram,
                known.spelling != option.spelling, known.spelling != other.spelling
            else { return nil }
            guard let value = companion.value, known.argument != .none else {
                return (known, shortest(known), companion.isNeeded, companion.sentence)
            }
            let tokens = known.tokens(value: value, isJoined: known.isLong)
            return (known, tokens, companion.isNeeded, companion.sentence)
        }
    }

    /// Every option with its companions, with the base's operands, or with one where the base has
    /// none: the first company of each option, and then the others.
    func accompaniedOptions() -> (first: Sweep.Section, others: Sweep.Section) {
        let known = Dictionary(
            vocabulary.options.map { ($0.spelling, $0) }, uniquingKeysWith: { first, _ in first })
        let founded = vocabulary.options.filter { $0.isFounded && !$0.endsProgram }
        let byOption = founded.map { (option: $0, heads: Self.accompanied($0, among: known)) }
        let turns = byOption.map(\.heads.count).max() ?? 0
        let heads = (0..<turns).map { turn in
            byOption.filter { turn < $0.heads.count }.map {
                (option: $0.option, tokens: $0.heads[turn])
            }
        }
        // What is described with others that are needed comes first.
        let isRich = { (head: (option: Vocabulary.Option, tokens: [Bytes])) in
            head.option.companions.contains(where: \.isNeeded)
        }
        let first = heads.first ?? []
        let sorted = first.filter(isRich) + first.filter { !isRich($0) }
        return (
            accompanied(Array(sorted.prefix(Self.mostFirst))),
            accompanied(Array(heads.dropFirst().joined().prefix(Self.mostAccompanied)))
        )
    }

    private func accompanied(
        _ heads: [(option: Vocabulary.Option, tokens: [Bytes])]
    ) -> Sweep.Section {
        var withOperand = base
        if base.arguments.isEmpty { OperandShape.file(.text).apply(to: &withOperand) }
        let starts = base.arguments.isEmpty ? [withOperand, base] : [base]
        return Sweep.Section(count: heads.count * starts.count) { index, usage in
            let head = heads[index % heads.count]
            guard usage?.isUnknown(head.option.spelling) != true else { return nil }
            var testCase = starts[index / heads.count]
            testCase.arguments.insert(contentsOf: head.tokens, at: 0)
            return testCase
        }
    }

    /// Command lines of forms beyond are left to chance.
    private static let mostForms = 256

    /// Every way to use the program that its usage lists, without what may be left out, then with
    /// each of it, with ordinary and with empty files.
    func usageForms() -> Sweep.Section {
        let lines = forms.flatMap { form in
            let contents: [FileShape] = form.takesPaths ? [.text, .empty] : [.text]
            return contents.flatMap { content in form.variants.map { (form, $0, content) } }
        }.prefix(Self.mostForms)
        let paths = ["first", "second", "third"].map { Bytes($0.utf8) }
        return Sweep.Section(count: lines.count) { [base, lines] index, _ in
            let (form, variant, content) = lines[index]
            let filled = form.arguments(with: variant, paths: paths)
            var testCase = base
            testCase.files += filled.files.flatMap(content.files(at:))
            testCase.files += filled.folders.flatMap(FileShape.directory.files(at:))
            testCase.arguments = filled.arguments + base.arguments
            return testCase
        }
    }

    /// Those that say more than that there are options and operands.
    private var forms: [UsageForm] {
        vocabulary.forms.filter { $0.parts.count > 1 || $0.parts.contains { $0.isRequired } }
    }

    /// Every way to use the program, with what was made for files, in every order of the first two.
    func usageForms(on artifact: Artifact) -> Sweep.Section {
        let made = artifact.madeAtTop
        let before = artifact.files.map(\.path).filter { path in
            !path.contains(UInt8(ascii: "/")) && !made.contains(path)
        }
        let all = Array((made.prefix(3) + before.prefix(2)))
        // Each in the first place, the others behind.
        let turns = all.indices.map { Array(all[$0...] + all[..<$0]) }
        let lines = turns.flatMap { paths in
            forms.filter(\.takesPaths).flatMap { form in
                form.variants.map { (form, $0, paths) }
            }
        }
        return Sweep.Section(count: lines.count) { [base, lines] index, _ in
            let (form, variant, paths) = lines[index]
            var testCase = base
            testCase.files = artifact.files
            testCase.arguments =
                form.arguments(with: variant, paths: paths).arguments + base.arguments
            return testCase
        }
    }
}
