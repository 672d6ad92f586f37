internal import Extraction
internal import Platform
internal import Syscalls
internal import Tracing

/// Breakpoints at the instructions of some functions that compare numbers, in one template.
struct ComparisonBreakpoints: Sendable {
    /// Each costs two stops whenever it is passed.
    private static let capacity = 1_000

    /// By file.
    private var comparisons: [String: [NumberComparison]] = [:]

    /// None.
    init() {}

    /// At functions of files that can be read.
    init(in functions: Set<CallSite>) {
        var room = Self.capacity
        for (module, sites) in Dictionary(grouping: functions, by: \.module)
            .sorted(by: { $0.key < $1.key })
        {
            let offsets = Set(sites.map(\.offset))
            guard room > 0,
                let found = try? NumberComparisons.read(
                    module, ofFunctionsAt: offsets, atMost: room)
            else { continue }
            comparisons[module] = found
            room -= found.count
        }
    }

    /// Plants one at each instruction whose file the template has mapped.
    func plant(in server: inout ForkServer) {
        var places: [Breakpoint] = []
        for image in server.images {
            for comparison in comparisons[image.path] ?? []
            where comparison.fileOffset >= image.fileOffset {
                let address = image.start &+ (comparison.fileOffset - image.fileOffset)
                guard server.holdsCode(at: address) else { continue }
                places.append(Breakpoint(address: address, purpose: .compare(comparison)))
            }
        }
        server.plant(places)
    }
}
