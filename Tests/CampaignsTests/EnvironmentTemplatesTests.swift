import TestCases
import Testing

@testable import Campaigns

@Suite("Templates for environments that the loader reads")
struct EnvironmentTemplatesTests {
    private static func key(_ value: Int) -> EnvironmentTemplates.Key {
        [TestCase.Variable(name: Array("LD_DEBUG".utf8), value: Array("\(value)".utf8))]
    }

    @Test("an environment is worth a template when it comes the third time, and not for ever")
    func worth() {
        var templates = EnvironmentTemplates()
        let places = (0..<4).map { _ in templates.index(for: Self.key(1))?.isThere }
        #expect(places == [nil, nil, false, false])
        templates.refuse(Self.key(1))
        let refused = templates.index(for: Self.key(1)) == nil
        #expect(refused)
    }

    @Test("the variables that count are those that take effect before main, in their order")
    func key() {
        let variables = ["HOME", "LD_DEBUG", "SHELL", "MALLOC_ARENA_MAX", "LANG"].map {
            TestCase.Variable(name: Array($0.utf8), value: [])
        }
        let early = ForkServerRule.loaderVariables(of: variables)
        let names = early.map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names == ["LD_DEBUG", "MALLOC_ARENA_MAX"])
        #expect(ForkServerRule.withoutLoaderVariables(variables).count == 3)
    }
}
