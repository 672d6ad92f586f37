internal import TestCases
internal import Traces

/// The traces that are kept with a test case, one after another, each behind its length of four
/// bytes.
enum KeptTraces {
    static func encode(_ traces: [[UInt8]]) -> Bytes {
        traces.flatMap { trace in
            (0..<4).map { UInt8(truncatingIfNeeded: trace.count >> ($0 * 8)) } + trace
        }
    }

    /// Those that can be read; what comes behind one that is cut is left out.
    static func decode(_ bytes: Bytes) -> [Trace] {
        var traces: [Trace] = []
        var rest = bytes[...]
        while rest.count > 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count, let trace = Trace(encoded: Array(rest.prefix(length)))
            else { break }
            traces.append(trace)
            rest = rest.dropFirst(length)
        }
        return traces
    }
}
