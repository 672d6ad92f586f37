import Foundation

/// The JSON of a value, as dictionaries and lists.
func json(_ value: some Encodable) throws -> [String: Any] {
    let data = try JSONEncoder().encode(value)
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
}

/// The longest line of a text.
func width(_ text: String) -> Int {
    text.split(separator: "\n").map(\.count).max() ?? 0
}
