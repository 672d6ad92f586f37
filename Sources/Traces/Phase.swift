/// The name of a stretch of a role's life with a syscall set of its own.
///
/// Which stretches a program has is decided by the phase model; only ``load`` is the same for all.
package struct Phase: Hashable, Comparable, Sendable {
    package let name: String

    package init(name: String) {
        self.name = name
    }

    /// From `execve` to the first instruction at the program's entry point.
    package static let load = Phase(name: "load")

    package static func < (left: Phase, right: Phase) -> Bool { left.name < right.name }
}

extension Phase: Codable, CustomStringConvertible {
    package init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    package var description: String { name }
}
