package import TestCases

/// What the campaign runs.
extension CampaignRecord {
    /// The file that is executed: the target, or the script whose interpreter ``targetPath`` is.
    package var program: String { setup.program }

    /// What every test case starts from; nil where the stored form cannot be read.
    package var base: TestCase? { try? TestCase(inlineText: Bytes(setup.base.utf8)) }
}
