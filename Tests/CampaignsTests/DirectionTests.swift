import Extraction
import Mutation
import Syscalls
import Testing

@testable import Campaigns

@Suite("Direction of the search")
struct DirectionTests {
    private static func function(_ offset: UInt64) -> CallSite {
        CallSite(module: "/bin/target", offset: offset)
    }

    private static func goal(_ syscall: SyscallNumber, _ distances: [UInt64: Int]) -> Goal {
        Goal(
            syscall: syscall,
            distances.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map {
                .init(function: function($0.key), distance: $0.value)
            })
    }

    @Test("the test cases that come nearest are what the search goes on from")
    func nearest() {
        var direction = Direction([Self.goal(.execve, [0x10: 3, 0x20: 2, 0x30: 0])])
        var generator = SeededGenerator(seed: 1)
        #expect(direction.nextParent(using: &generator) == nil)
        direction.note([Self.function(0x10), Self.function(0x99)], of: "far")
        #expect(direction.nextParent(using: &generator) == "far")
        direction.note([Self.function(0x10), Self.function(0x20)], of: "near")
        direction.note([Self.function(0x10)], of: "far again")
        for _ in 0..<20 { #expect(direction.nextParent(using: &generator) == "near") }
        #expect(direction.takeTries() == [SyscallNumber.execve.rawValue: 21])
        #expect(direction.takeTries().isEmpty)
    }

    @Test("a goal that is reached gets no more tries, and the nearer of two gets more")
    func shares() {
        var direction = Direction([
            Self.goal(.execve, [0x10: 1]), Self.goal(.read, [0x10: 3]),
        ])
        var generator = SeededGenerator(seed: 1)
        direction.note([Self.function(0x10)], of: "entry")
        for _ in 0..<300 { _ = direction.nextParent(using: &generator) }
        let tries = direction.takeTries()
        #expect(tries[SyscallNumber.execve.rawValue] == 200)
        #expect(tries[SyscallNumber.read.rawValue] == 100)
        direction.noteReached(.execve)
        #expect(direction.landmarks == [Self.function(0x10)])
        for _ in 0..<10 { _ = direction.nextParent(using: &generator) }
        #expect(direction.takeTries() == [SyscallNumber.read.rawValue: 10])
        direction.noteReached(.read)
        #expect(!direction.hasGoals)
        #expect(direction.nextParent(using: &generator) == nil)
    }
}
