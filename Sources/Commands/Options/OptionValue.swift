internal import Traces

/// A type whose values can be written on a command line.
protocol OptionValue: SendableMetatype {
    /// What a correct value looks like, for "NAME needs …".
    static var expectation: String { get }
    init?(optionText: String)
}

extension String: OptionValue {
    static var expectation: String { "a value" }

    init?(optionText: String) {
        guard !optionText.isEmpty else { return nil }
        self = optionText
    }
}

extension Int: OptionValue {
    static var expectation: String { "a whole number, 1 or more" }

    init?(optionText: String) {
        guard let number = Int(optionText), number > 0 else { return nil }
        self = number
    }
}

extension UInt64: OptionValue {
    static var expectation: String { "a whole number" }

    init?(optionText: String) {
        self.init(optionText)
    }
}

extension UInt16: OptionValue {
    static var expectation: String { "a port, 0 to 65535" }

    init?(optionText: String) {
        self.init(optionText)
    }
}

extension Optional: OptionValue where Wrapped: OptionValue {
    static var expectation: String { Wrapped.expectation }

    init?(optionText: String) {
        guard let wrapped = Wrapped(optionText: optionText) else { return nil }
        self = wrapped
    }
}

extension Duration: OptionValue {
    static var expectation: String { "a duration such as 90s, 5m or 8h" }

    init?(optionText: String) {
        let units: [(suffix: String, seconds: Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("", 1),
        ]
        for unit in units where optionText.hasSuffix(unit.suffix) {
            guard let count = Double(optionText.dropLast(unit.suffix.count)), count > 0,
                count * unit.seconds < 1e9
            else { return nil }
            self = .seconds(count * unit.seconds)
            return
        }
        return nil
    }
}

extension Array: OptionValue where Element == Tier {
    static var expectation: String { "a list of natural, resource, signal, injected, or all" }

    init?(optionText: String) {
        if optionText == "all" {
            self = Tier.allCases
            return
        }
        let words = optionText.split(separator: ",", omittingEmptySubsequences: false)
        let tiers = words.compactMap { Tier(name: String($0)) }
        guard !tiers.isEmpty, tiers.count == words.count else { return nil }
        self = tiers
    }
}
