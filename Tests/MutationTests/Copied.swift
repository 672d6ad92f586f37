import Foundation

/// A value as it comes back from where campaigns keep it.
enum Copied {
    static func copy<Value: Codable>(of value: Value) throws -> Value? {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }
}
