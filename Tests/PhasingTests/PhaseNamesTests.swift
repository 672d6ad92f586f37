import Syscalls
import Testing
import Traces

@testable import Phasing

@Suite("PhaseNames")
struct PhaseNamesTests {
    static func candidate(_ call: String, then calls: [String]) throws -> TriggerCandidate {
        TriggerCandidate(
            Trigger(try #require(SyscallNumber(name: call))), places: [0.5],
            toCome: SyscallSet(calls.compactMap { SyscallNumber(name: $0) }))
    }

    static func names(waits: Int) throws -> [String] {
        let chain = [
            try candidate("poll", then: ["poll", "accept", "clone", "unlink", "exit_group"]),
            try candidate("getrandom", then: ["getrandom", "unlink", "exit_group"]),
        ]
        return PhaseNames.assign(to: chain, waits: waits).map(\.0.name)
    }

    @Test("a server that has waited for the last time shuts down")
    func server() throws {
        #expect(try Self.names(waits: 4) == ["serve", "shutdown"])
    }

    @Test("a program that closes standard output shuts down, whatever is to come then")
    func output() throws {
        let calls = SyscallSet(["close", "openat"].compactMap { SyscallNumber(name: $0) })
        func name(closing descriptor: UInt64) -> String? {
            let trigger = Trigger(.close, tests: [ArgumentTest(0, .equal, descriptor)])
            let candidate = TriggerCandidate(trigger, places: [0.9], toCome: calls)
            return PhaseNames.assign(to: [candidate], waits: 0).first?.0.name
        }
        #expect(name(closing: 1) == "shutdown")
        #expect(name(closing: 3) == "work")
    }

    @Test("a program that waits once may have more to do")
    func tool() throws {
        #expect(try Self.names(waits: 1) == ["serve", "serve-2"])
    }
}
