import TestCases

/// Options with those that are spoken of where they are described: some only count together.
extension SweepBuilder {
    /// Companions of one option that are tried with it, each alone and with its own first ones.
    private static let mostCompanions = 6
    /// Companions of a companion.
    private static let mostOfCompanion = 2
    /// Command lines beyond are left to chance.
    private static let mostAccompanied = 384

    /// The option in the shortest way behind those that may have to stand beside it, a few ways to
    /// choose them, the most likely first: one companion with what it needs itself, then alone.
    ///
    /// - Parameter options: those that there are, by spelling.
    static func accompanied(
        _ option: Vocabulary.Option, among options: [Bytes: Vocabulary.Option]
    ) -> [[Bytes]] {
        typealias Member = (option: Vocabulary.Option, tokens: [Bytes])
        func companions(of other: Vocabulary.Option) -> [Member] {
            other.companions.compactMap { companion in
                guard let known = options[companion.spelling], known.isFounded,
                    !known.endsProgram, known.spelling != option.spelling,
                    known.spelling != other.spelling
                else { return nil }
                guard let value = companion.value, known.argument != .none else {
                    return (known, shortest(known))
                }
                return (known, known.tokens(value: value, isJoined: known.isLong))
            }
        }
        let direct = companions(of: option).prefix(mostCompanions)
        var company: [[Bytes]] = []
        for companion in direct {
            let needed = companions(of: companion.option).prefix(mostOfCompanion)
            if !needed.isEmpty { company.append(needed.flatMap(\.tokens) + companion.tokens) }
            company.append(companion.tokens)
        }
        if direct.count == 2 { company.append(direct.flatMap(\.tokens)) }
        return company.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            .map { $0 + shortest(option) }
    }

    /// Every option with its companions, with the base's operands, or with one where the base has
    /// none; the first company of each option before the second of any.
    func accompaniedOptions() -> Sweep.Section {
        let known = Dictionary(
            vocabulary.options.map { ($0.spelling, $0) }, uniquingKeysWith: { first, _ in first })
        let founded = vocabulary.options.filter { $0.isFounded && !$0.endsProgram }
        let byOption = founded.map { (option: $0, heads: Self.accompanied($0, among: known)) }
        let turns = byOption.map(\.heads.count).max() ?? 0
        let heads = (0..<turns).flatMap { turn in
            byOption.filter { turn < $0.heads.count }.map {
                (option: $0.option, tokens: $0.heads[turn])
            }
        }.prefix(Self.mostAccompanied)
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
