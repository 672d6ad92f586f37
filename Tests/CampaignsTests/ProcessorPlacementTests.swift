import Testing

@testable import Campaigns

@Suite("Placement on processors")
struct ProcessorPlacementTests {
    @Test("a worker goes to the idlest processor when it has to wait for its own")
    func better() {
        let idle: [UInt32: Double] = [0: 0, 1: 0.6, 2: 0.9, 7: 1]
        func choice(waiting waited: Double, _ idle: [UInt32: Double]) -> UInt32? {
            ProcessorPlacement.better(than: 0, among: [0, 1, 2], waited: waited, idle: idle)
        }
        #expect(choice(waiting: 0.3, idle) == 2)
        #expect(choice(waiting: 0.01, idle) == nil)
        // Nowhere is more room, or nothing is known about it.
        #expect(choice(waiting: 0.3, [1: 0.1, 2: 0.2]) == nil)
        #expect(choice(waiting: 0.3, [:]) == nil)
    }
}
