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

    /// By file: the offsets of functions that were not entered.
    private var left: [String: Set<UInt64>] = [:]
    /// Entered since they were last taken.
    private var entered: [CallSite] = []
    /// What the breakpoints of the template stand for.
    private var places: [UInt64: CallSite] = [:]

    /// The functions of the files that are no standard library, as far as they can be read.
    init(of modules: [String]) {
        var room = Self.capacity
        for module in modules {
            guard !Self.isStandard(module), room > 0,
                let offsets = try? FunctionEntries.read(module)
            else { continue }
            left[module] = Set(offsets.prefix(room))
            room -= min(room, offsets.count)
        }
    }

    /// These functions.
    init(at places: Set<CallSite>) {
        for place in places { left[place.module, default: []].insert(place.offset) }
    }

    /// Whether the file at a path is a library that nearly every program has.
    static func isStandard(_ path: String) -> Bool {
        standardLibraries.contains(path.split(separator: "/").last.map(String.init) ?? path)
    }

    /// The functions that begin at addresses of the template.
    func functions(at addresses: [UInt64]) -> [CallSite] { addresses.compactMap { places[$0] } }

    /// Plants breakpoints at all that is left in a template.
    mutating func plant(in server: inout ForkServer) {
        places = [:]
        for image in server.images {
            guard let offsets = left[image.path] else { continue }
            for offset in offsets where offset >= image.fileOffset {
                let address = image.start &+ (offset - image.fileOffset)
                guard server.holdsCode(at: address) else { continue }
                places[address] = CallSite(module: image.path, offset: offset)
            }
        }
        server.plant(places.keys.sorted().map { Breakpoint(address: $0, purpose: .visit) })
    }

    /// Notes what a copy of the template has entered, so that no other is stopped there; whether
    /// there was anything.
    mutating func note(_ addresses: [UInt64], in server: inout ForkServer) -> Bool {
        guard !addresses.isEmpty else { return false }
        server.remove(addresses)
        for address in addresses {
            guard let place = places.removeValue(forKey: address) else { continue }
            left[place.module]?.remove(place.offset)
            entered.append(place)
        }
        return true
    }

    /// Hands over what was entered since the last time.
    mutating func take() -> [CallSite] {
        defer { entered = [] }
        return entered
    }
}
