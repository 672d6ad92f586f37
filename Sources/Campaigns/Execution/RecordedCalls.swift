internal import Extraction
internal import Platform
internal import Syscalls
internal import Tracing

/// Which calls the copies of a template, or a server, write down themselves: those whose place in a
/// file an execution has shown, and whose code can be led through other code.
struct RecordedCalls: Sendable {
    /// All that are to be written down, by file and in its order.
    private(set) var all: [String: [CallWindow]] = [:]
    /// Those that were looked at, whether or not they can be written down.
    private var known: Set<CallSite> = []

    /// How many there are.
    var count: Int { all.values.reduce(0) { $0 + $1.count } }

    /// Has all copies to come write down what has stopped one.
    mutating func learn(_ addresses: [UInt64], in server: inout ForkServer) {
        for (file, found) in learn(addresses.compactMap { server.site(at: $0) }) {
            server.divert(found, in: file)
        }
    }

    /// Those of the sites that were not known and can be written down, by file.
    @discardableResult
    mutating func learn(_ sites: [CallSite]) -> [String: [CallWindow]] {
        let new = sites.filter { known.insert($0).inserted }
        var learned: [String: [CallWindow]] = [:]
        for (file, sites) in Dictionary(grouping: new, by: \.module) {
            // The kernel's own code is no file to read.
            guard
                let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
            else { continue }
            all[file] = ((all[file] ?? []) + found).sorted { $0.call < $1.call }
            learned[file] = found
        }
        return learned
    }

    /// Has the copies of a new template write down what those of others did.
    func divert(in server: inout ForkServer) {
        for (file, windows) in all { server.divert(windows, in: file) }
    }
}
