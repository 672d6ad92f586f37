internal import Extraction
internal import Platform
internal import Syscalls
internal import Tracing

/// Which calls the copies of a template write down themselves: those whose place in a file an
/// execution has shown, and whose code can be led through other code.
struct RecordedCalls: Sendable {
    /// By file.
    private var windows: [String: Set<CallWindow>] = [:]
    /// Those that were looked at, whether or not they can be written down.
    private var known: Set<CallSite> = []

    /// Has all copies to come write down what has stopped one.
    mutating func learn(_ addresses: [UInt64], in server: inout ForkServer) {
        let new = addresses.compactMap { server.site(at: $0) }.filter { known.insert($0).inserted }
        guard !new.isEmpty else { return }
        for (file, sites) in Dictionary(grouping: new, by: \.module) {
            // The kernel's own code is no file to read.
            guard
                let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
            else { continue }
            windows[file, default: []].formUnion(found)
            server.divert(found, in: file)
        }
    }

    /// Has the copies of a new template write down what those of others did.
    func divert(in server: inout ForkServer) {
        for (file, windows) in windows {
            server.divert(windows.sorted { $0.call < $1.call }, in: file)
        }
    }
}
