import Foundation
import Testing

/// Whether what the threat model rests on is there.
@Suite("Threat model")
struct SecurityTextTests {
    @Test("each suite that the threat model names exists")
    func named() throws {
        let text = try String(
            contentsOf: ArchitectureTests.root.appendingPathComponent("SECURITY.md"),
            encoding: .utf8)
        let emphasised = text.replacing("\n", with: " ").matches(of: /\*([A-Z][^*]+)\*/)
        let names = Set(
            emphasised.map { $0.1.split(separator: " ").joined(separator: " ") })
        try #require(names.count > 8, "\(names)")
        let folder = ArchitectureTests.root.appendingPathComponent("Tests")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        var suites = ""
        for case let path as String in files where path.hasSuffix(".swift") {
            suites += try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        }
        for name in names.sorted() { #expect(suites.contains("\"\(name)\""), "\(name)") }
    }
}
