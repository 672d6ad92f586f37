import Foundation
import Syscalls
import Testing

@Suite("StaticSet")
struct StaticSetTests {
    private let set = StaticSet(
        binary: "/bin/a", convention: .wholeProcess, entries: [], modules: ["/bin/a"],
        unresolved: [],
        assumptions: [
            .init(name: "nss", detail: "none", added: [.read], removed: [.write])
        ],
        programs: [
            .init(name: "sh", path: "/bin/sh", parent: "/bin/a", depth: 1, sites: [])
        ],
        inputs: [.init(path: "/etc/a", hash: "00"), .init(path: "/etc/b", hash: nil)])

    @Test("a set comes back from its encoding")
    func roundTrip() throws {
        let bytes = try JSONEncoder().encode(set)
        #expect(try JSONDecoder().decode(StaticSet.self, from: bytes) == set)
    }

    @Test("a set that was stored without the later fields has none of their contents")
    func olderForm() throws {
        let bytes = try JSONEncoder().encode(set)
        var object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        var assumptions = try #require(object["assumptions"] as? [[String: Any]])
        object["programs"] = nil
        object["inputs"] = nil
        assumptions[0]["removed"] = nil
        object["assumptions"] = assumptions
        let older = try JSONSerialization.data(withJSONObject: object)
        let decoded = try JSONDecoder().decode(StaticSet.self, from: older)
        #expect(decoded.programs.isEmpty && decoded.inputs.isEmpty)
        #expect(decoded.assumptions[0].removed.isEmpty)
        #expect(decoded.assumptions[0].added == [.read])
    }
}
