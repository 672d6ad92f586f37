internal import Extraction
internal import Syscalls
internal import Tracing

/// The functions of a target that no execution has entered yet, and those that one has.
struct FunctionVisits: Sendable {
    /// Functions beyond are not watched.
    private static let capacity = 30_000
    /// Every program enters most of these before `main`, and they are the same for all.
    private static let standardLibraries: Set<String> = [
        "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2",
        "librt.so.1", "libresolv.so.2", "libgcc_s.so.1", "libstdc++.so.6",
    ]

    /// At functions that were not entered.
    private var left: FunctionBreakpoints
    /// Entered since they were last taken.
    private var entered: [CallSite] = []

    /// The functions of the files that are no standard library, as far as they can be read.
    init(of modules: [String]) {
        var functions: [CallSite] = []
        for module in modules where !Self.isStandard(module) {
            let room = Self.capacity - functions.count
            guard room > 0, let offsets = try? FunctionEntries.read(module) else { continue }
            functions += offsets.prefix(room).map { CallSite(module: module, offset: $0) }
        }
        left = FunctionBreakpoints(at: functions)
    }

    /// Whether the file at a path is a library that nearly every program has.
    static func isStandard(_ path: String) -> Bool {
        standardLibraries.contains(path.split(separator: "/").last.map(String.init) ?? path)
    }

    /// Plants breakpoints at all that is left in a template.
    mutating func plant(in server: inout ForkServer) { left.plant(in: &server) }

    /// Notes what a copy of the template has entered, so that no other is stopped there; whether
    /// there was anything.
    mutating func note(_ addresses: [UInt64], in server: inout ForkServer) -> Bool {
        guard !addresses.isEmpty else { return false }
        entered += left.remove(addresses, from: &server)
        return true
    }

    /// Hands over what was entered since the last time.
    mutating func take() -> [CallSite] {
        defer { entered = [] }
        return entered
    }
}
