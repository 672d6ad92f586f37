import Testing

@testable import Extraction

@Suite("Ordered addresses")
struct OrderedAddressesTests {
    @Test("neighbours are those of a sorted list", arguments: [1, 64, 65, 5000, 300_000])
    func neighbours(_ size: UInt64) {
        let ranges = [0x1000..<0x1000 + size, 0x10_0000..<0x10_0000 + size]
        var addresses = OrderedAddresses(ranges)
        var members: Set<UInt64> = []
        var state: UInt64 = size
        func draw() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return ranges[Int(state >> 63)].lowerBound + (state >> 33) % size
        }
        for _ in 0..<40 {
            let address = draw()
            members.insert(address)
            addresses.insert(address)
            for start in [draw(), address, ranges[0].lowerBound, ranges[1].upperBound - 1] {
                let range = ranges[start >= 0x10_0000 ? 1 : 0]
                let inRange = members.filter { range.contains($0) }
                #expect(addresses.next(above: start) == inRange.filter { $0 > start }.min())
                #expect(addresses.last(upTo: start) == inRange.filter { $0 <= start }.max())
            }
        }
        addresses.insert(5)
        #expect(addresses.next(above: 5) == nil)
        #expect(addresses.last(upTo: 5) == nil)
    }
}
