import TestCases

/// Variables that take chance out of runtimes which order their tables by chance, so that two fresh
/// starts make the same calls. Test cases do not have them: what a program asks the kernel for
/// chance is a part of its life.
enum FixedSeeds {
    private static let byRuntime: [(name: String, variables: [(String, String)])] = [
        ("python", [("PYTHONHASHSEED", "0")]),
        ("pypy", [("PYTHONHASHSEED", "0")]),
        ("perl", [("PERL_HASH_SEED", "0"), ("PERL_PERTURB_KEYS", "0")]),
    ]

    /// The test case without chance; nil where none of the images has such variables, or all are
    /// set already.
    static func fixing(_ testCase: TestCase, images: some Sequence<String>) -> TestCase? {
        var fixed = testCase
        for image in images {
            let name = image.split(separator: "/").last ?? ""
            for runtime in byRuntime where name.hasPrefix(runtime.name) {
                for (name, value) in runtime.variables {
                    let name = Bytes(name.utf8)
                    fixed.environment.removeAll { $0.name == name }
                    fixed.environment.append(.init(name: name, value: Bytes(value.utf8)))
                }
            }
        }
        return fixed.environment == testCase.environment ? nil : fixed
    }
}
