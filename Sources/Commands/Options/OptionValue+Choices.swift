internal import Campaigns
internal import Policies

/// A type whose values are a few words.
protocol ChoiceOption: OptionValue, CaseIterable, RawRepresentable where RawValue == String {}

extension ChoiceOption {
    static var expectation: String {
        "one of " + allCases.map(\.rawValue).joined(separator: ", ")
    }

    init?(optionText: String) {
        self.init(rawValue: optionText)
    }
}

extension ExecutorChoice: ChoiceOption {}
extension ExportFormat: ChoiceOption {}
extension Policy.Options.StaticOnly: ChoiceOption {}
extension Policy.Options.Denial: ChoiceOption {}
