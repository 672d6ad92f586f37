internal import Syscalls
internal import Tracing

/// Breakpoints at the first instructions of functions, in one template.
struct FunctionBreakpoints: Sendable {
    /// By file: offsets.
    private var offsets: [String: Set<UInt64>] = [:]
    /// By address in the template they were last planted in.
    private var functions: [UInt64: CallSite] = [:]

    init(at functions: some Sequence<CallSite>) {
        for function in functions { offsets[function.module, default: []].insert(function.offset) }
    }

    /// Plants one at each function whose file the template has mapped.
    mutating func plant(in server: inout ForkServer) {
        functions = [:]
        for image in server.images {
            guard let offsets = offsets[image.path] else { continue }
            for offset in offsets where offset >= image.fileOffset {
                let address = image.start &+ (offset - image.fileOffset)
                guard server.holdsCode(at: address) else { continue }
                functions[address] = CallSite(module: image.path, offset: offset)
            }
        }
        server.plant(functions.keys.sorted().map { Breakpoint(address: $0, purpose: .visit) })
    }

    /// The functions that begin at addresses of the template.
    func functions(at addresses: [UInt64]) -> [CallSite] {
        addresses.compactMap { functions[$0] }
    }

    /// Takes those at some addresses out for good; returns their functions.
    mutating func remove(_ addresses: [UInt64], from server: inout ForkServer) -> [CallSite] {
        server.remove(addresses)
        let removed = functions(at: addresses)
        for address in addresses { functions[address] = nil }
        for function in removed { offsets[function.module]?.remove(function.offset) }
        return removed
    }
}
