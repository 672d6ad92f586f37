/// How a feature was provoked: what a reader must accept to call it ordinary behaviour.
///
/// Ordered from what any user may cause to what only a failing machine does.
package enum Tier: UInt8, Comparable, CaseIterable, Hashable, Sendable {
    /// Arguments, environment, input, files, network.
    case natural
    /// Limits, closed or full descriptors, a deleted or unreadable working directory.
    case resource
    /// Signals sent from outside.
    case signal
    /// System calls made to fail.
    case injected

    package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }

    package var name: String {
        switch self {
        case .natural: "natural"
        case .resource: "resource"
        case .signal: "signal"
        case .injected: "injected"
        }
    }

    package init?(name: String) {
        guard let tier = Tier.allCases.first(where: { $0.name == name }) else { return nil }
        self = tier
    }
}

extension Tier: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let tier = Tier(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "no tier is named \(name)")
        }
        self = tier
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
