import Testing

@testable import Campaigns
@testable import Traces

@Suite("Coverage")
struct CoverageTests {
    private let sighting = FeatureExtractor.Sighting(
        key: FeatureKey(rawValue: 7), kind: .syscall, subject: 0)

    @Test("what a target wrote down alone is novel at once when an execution shows it")
    func unproven() {
        var coverage = Coverage()
        coverage.addUnstable(sighting.key, tier: .natural, isProven: false)
        #expect(coverage.observe([sighting], tier: .natural, isRecorded: true).isEmpty)
        #expect(coverage.observe([sighting], tier: .natural, isRecorded: false) == [sighting])
        coverage.addUnstable(sighting.key, tier: .natural, isProven: true)
        #expect(coverage.observe([sighting], tier: .natural, isRecorded: false).isEmpty)
    }

    @Test("what comes and goes is tried again ever more seldom")
    func retried() {
        var coverage = Coverage()
        coverage.addUnstable(sighting.key, tier: .natural, isProven: true)
        let retries = (1...64).filter { _ in
            !coverage.observe([sighting], tier: .natural, isRecorded: false).isEmpty
        }
        #expect(retries == [8, 16, 32, 64])
    }
}
