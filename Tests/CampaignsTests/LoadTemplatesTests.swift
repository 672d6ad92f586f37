import TestCases
import Testing

@testable import Campaigns

@Suite("Templates for other conditions of loading")
struct LoadTemplatesTests {
    private static func conditions(_ value: Int) -> LoadConditions {
        var testCase = TestCase()
        testCase.environment = [
            TestCase.Variable(name: Array("LD_DEBUG".utf8), value: Array("\(value)".utf8))
        ]
        return LoadConditions(of: testCase)
    }

    @Test("conditions are worth a template when they come the sixth time, and not for ever")
    func worth() {
        var templates = LoadTemplates()
        let places = (0..<7).map { _ in templates.index(for: Self.conditions(1))?.isThere }
        #expect(places == [nil, nil, nil, nil, nil, false, false])
        templates.refuse(Self.conditions(1))
        let refused = templates.index(for: Self.conditions(1)) == nil
        #expect(refused)
    }

    @Test("another template is made after a difference, unless that differs soon, too")
    func doubts() {
        var templates = LoadTemplates()
        let conditions = Self.conditions(1)
        for _ in 0..<6 { _ = templates.index(for: conditions) }
        templates.doubt(conditions, after: 1)
        let isMadeAnew = templates.index(for: conditions) != nil
        #expect(isMadeAnew)
        templates.doubt(conditions, after: 21)
        let isMadeOnceMore = templates.index(for: conditions) != nil
        #expect(isMadeOnceMore)
        templates.doubt(conditions, after: 20)
        let isRefused = templates.index(for: conditions) == nil
        #expect(isRefused)
    }

    @Test("the variables that count are those that take effect before main, in their order")
    func variables() {
        var testCase = TestCase()
        testCase.environment = ["HOME", "LD_DEBUG", "SHELL", "MALLOC_ARENA_MAX", "LANG"].map {
            TestCase.Variable(name: Array($0.utf8), value: [])
        }
        let conditions = LoadConditions(of: testCase)
        let names = conditions.variables.map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names == ["LD_DEBUG", "MALLOC_ARENA_MAX"])
        let other = LoadConditions(of: TestCase()).testCase(besides: testCase.environment)
        #expect(other.environment.count == 3)
    }

    @Test("the limits that count are those that the kernel and the loader meet, in any order")
    func limits() {
        let all: [TestCase.Limit] = [
            .init(resource: .stack, value: 65_536), .init(resource: .fileSize, value: 0),
            .init(resource: .openFiles, value: 64), .init(resource: .data, value: 4_096),
        ]
        var testCase = TestCase()
        testCase.limits = all
        var reversed = TestCase()
        reversed.limits = all.reversed()
        let conditions = LoadConditions(of: testCase)
        #expect(conditions.limits.map(\.resource) == [.data, .stack])
        #expect(conditions == LoadConditions(of: reversed))
        #expect(conditions.suitTemplates)
        testCase.limits.append(.init(resource: .addressSpace, value: 1 << 25))
        #expect(!LoadConditions(of: testCase).suitTemplates)
    }
}
