internal import CLinux
internal import Platform
internal import Traces

/// The places in the memory of one template, or of the images of one server, that write calls down.
///
/// One object for whoever adds to them and whoever reads what was written: each run would copy them
/// otherwise.
@safe final class CallPlaces {
    private(set) var places: [CallRecorder.Place] = []
    /// How many of them are somebody's.
    private(set) var count = 0
    /// By the address of the call, for other processes that have the same code there.
    private var known: [UInt64: (window: CallWindow, place: Int32)] = [:]

    /// Has calls of a file write themselves down wherever it lies in a stopped process; those that
    /// cannot be led through other code, or are already, stay as they are.
    func divert(
        _ windows: some Sequence<CallWindow>, module: Int32, in addressSpace: AddressSpace,
        of process: Int32, _ prepared: OpaquePointer
    ) {
        for image in addressSpace.images where image.module == module {
            for window in windows where window.start >= image.fileOffset {
                let call = image.start &+ (window.call - image.fileOffset)
                guard call < image.end else { continue }
                let former = known[call].flatMap { $0.window == window ? $0.place : nil }
                let place = unsafe Self.divert(window, at: call, former, of: process, prepared)
                guard place >= 0 else { continue }
                if former == nil { count += 1 }
                known[call] = (window, place)
                note(place: place, CallRecorder.Place(module: module, offset: window.call))
            }
        }
    }

    private static func divert(
        _ window: CallWindow, at call: UInt64, _ former: Int32?, of process: Int32,
        _ prepared: OpaquePointer
    ) -> Int32 {
        unsafe window.before.withUnsafeBufferPointer { before in
            unsafe window.after.withUnsafeBufferPointer { after in
                var none: UInt8 = 0
                return unsafe withUnsafePointer(to: &none) { none in
                    unsafe clinux_recorder_divert(
                        prepared, process, former ?? -1, call, call - UInt64(before.count),
                        before.baseAddress ?? none, Int32(before.count),
                        after.baseAddress ?? none, Int32(after.count))
                }
            }
        }
    }

    /// The files have other indices in another trace; nobody may use a place before it has one.
    func forgetModules() {
        for index in places.indices { places[index].module = -1 }
    }

    /// Places of different areas are counted apart, so that numbers are left out.
    private func note(place: Int32, _ value: CallRecorder.Place) {
        while places.count <= Int(place) {
            places.append(CallRecorder.Place(module: -1, offset: 0))
        }
        places[Int(place)] = value
    }

    /// Where code can be put that is to be within reach of other code, far enough below it that
    /// nothing is ever mapped in between: two addresses, 0 for none.
    ///
    /// Whoever called the kernel on the way to main will do so again.
    static func areas(calledIn trace: Trace, at addressSpace: AddressSpace) -> [UInt64] {
        let callers = Set(trace.events.map(\.module))
        let code = addressSpace.images.filter { callers.contains($0.module) }.map(\.start)
        let (reach, distance) = (UInt64(1) << 30, UInt64(1) << 29)
        let alignment = UInt64(CLINUX_RECORDER_AREA)
        var areas: [UInt64] = []
        var lowest: UInt64?
        // From the highest on: that is where libraries are.
        for start in code.sorted(by: >) {
            if let lowest, lowest - start < reach { areas.removeLast() }
            lowest = start
            let below = start > 2 * reach ? start - distance : start + reach
            areas.append(below & ~(alignment - 1))
        }
        return Array((areas + [0, 0]).prefix(Int(CLINUX_TEMPLATE_AREAS)))
    }
}
