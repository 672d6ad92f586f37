import Testing

@testable import Enforcement

@Suite("FilterProof")
struct FilterProofTests {
    private static let status = "Name:\tSeccomp_filters:\nSeccomp:\t2\nSeccomp_filters:\t3\nX:\t4\n"

    private func stat(flags: String) -> String { "7 (a ) b) S 1 2 3 4 5 \(flags) 0 0" }

    @Test("a thread has the filters that the kernel counts, whatever its name is")
    func counting() {
        let thread = FilterProof.Thread(id: 7, stat: stat(flags: "64"), status: Self.status)
        #expect(thread == FilterProof.Thread(id: 7, filters: 3))
        #expect(FilterProof.count(in: "Seccomp:\t2\n") == nil)
    }

    @Test("threads that end, and workers of io_uring, have nothing to do with it")
    func idleness() {
        for flags in ["4", "16", "20", "4202500"] {
            let thread = FilterProof.Thread(id: 7, stat: stat(flags: flags), status: Self.status)
            #expect(thread.isIdle, "\(flags)")
        }
    }

    @Test("each thread has to be watched, and to have as many filters as expected")
    func objections() {
        func objection(_ threads: [FilterProof.Thread], watched: Set<Int32> = [1, 2]) -> String? {
            FilterProof.objection(to: threads, expecting: 2) { watched.contains($0) }
        }
        let sound = FilterProof.Thread(id: 1, filters: 2)
        #expect(objection([sound, .init(id: 2, filters: 2)]) == nil)
        #expect(objection([sound, .init(id: 3, filters: 0, isIdle: true)]) == nil)
        #expect(objection([sound, .init(id: 2, filters: 1)])?.contains("counts 1 filters") == true)
        #expect(objection([sound, .init(id: 2, filters: 3)])?.contains("counts 3 filters") == true)
        #expect(objection([sound, .init(id: 2, filters: nil)])?.contains("not say") == true)
        #expect(objection([sound, .init(id: 3, filters: 2)])?.contains("not watched") == true)
        #expect(objection([])?.contains("no thread") == true)
        #expect(objection([.init(id: 1, filters: 2, isIdle: true)])?.contains("no thread") == true)
    }
}
