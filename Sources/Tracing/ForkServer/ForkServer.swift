internal import CLinux
internal import Glibc
package import Platform
package import Syscalls
package import TestCases
internal import Traces

/// A process of the target that stands at the first instruction of `main` and is copied for each
/// execution.
///
/// Like a session, it belongs to the thread that made it. The process is killed with the value.
@safe package struct ForkServer: ~Copyable {
    /// What it did before `main`: every execution's trace begins with it.
    let prefix: Trace
    let addressSpace: AddressSpace
    /// Calls behind the program's entry point that are in the prefix.
    package let prefixCalls: [UInt32]
    /// What `main` is given as its arguments. For a script these are the interpreter's: what the
    /// kernel puts before those that it was launched with is not theirs.
    package let arguments: [Bytes]
    /// What is planted in the template, and with it in every copy.
    private(set) var breakpoints = BreakpointTable()
    /// Whether copies write their own calls down.
    package private(set) var isRecording = false
    private let places = CallPlaces()
    private let prepared: OpaquePointer

    init(
        prefix: Trace, addressSpace: AddressSpace, prefixCalls: [UInt32], arguments: [Bytes],
        owning prepared: OpaquePointer
    ) {
        self.prefix = prefix
        self.addressSpace = addressSpace
        self.prefixCalls = prefixCalls
        self.arguments = arguments
        unsafe self.prepared = prepared
    }

    deinit {
        unsafe clinux_template_free(prepared)
    }

    /// The process id of the template, 0 when something has killed it.
    package var process: Int32 { unsafe clinux_template_process(prepared) }

    package var isAlive: Bool { process != 0 }

    /// How many calls the template made before `main`.
    package var prefixLength: Int { prefix.events.count }

    /// Makes a copy that is about to enter `main`.
    func copy(_ launch: Launch) -> Int32 {
        unsafe launch.withKernelForm { unsafe clinux_template_copy(prepared, $0) }
    }

    /// Notes that the session has seen the template go.
    func lose() {
        unsafe clinux_template_lose(prepared)
    }

    /// Puts every copy under a filter, before the first is made; ``TraceOptions/watch`` says what
    /// a run does at a call that it does not let through.
    package func arm(_ filter: SyscallFilter) throws(SystemError) {
        let instructions = filter.instructions
        try SystemError.check(
            unsafe instructions.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                return unsafe clinux_template_filter(prepared, base, Int32(buffer.count))
            }, "install a filter in the fork server")
    }

    /// What the session needs to take over what a copy writes down; nil where none does.
    var recorder: CallRecorder? {
        isRecording
            ? unsafe CallRecorder(places: places, of: prepared) : nil
    }

    /// Has every copy write those calls down that ``divert(_:in:)`` is told of, before the first is
    /// made; false where the kernel does not allow it, or the template has no room near its code.
    package mutating func record() -> Bool {
        let areas = (0..<Int32(CLINUX_TEMPLATE_AREAS)).map {
            unsafe clinux_recorder_area(prepared, $0)
        }.filter { $0 != 0 }
        guard !areas.isEmpty, (try? arm(SyscallFilter(recordingIn: areas))) != nil else {
            return false
        }
        isRecording = true
        return true
    }

    /// Has all copies to come write some calls of a file down; those that cannot be led through
    /// other code stop as before.
    package mutating func divert(_ windows: [CallWindow], in path: String) {
        guard isRecording, let module = prefix.modules.firstIndex(of: path) else { return }
        unsafe places.divert(
            windows, module: Int32(module), in: addressSpace, of: process, prepared)
    }

    /// The file and the offset in it of an address in the template's code.
    package func site(at address: UInt64) -> CallSite? {
        guard
            let image = addressSpace.images.first(where: { address >= $0.start && address < $0.end }
            )
        else { return nil }
        return CallSite(
            module: prefix.modules[Int(image.module)],
            offset: image.fileOffset &+ (address - image.start))
    }

    /// Where files lie in the template's executable memory.
    package var images: [CodeImage] {
        addressSpace.images.map {
            CodeImage(
                path: prefix.modules[Int($0.module)], start: $0.start, fileOffset: $0.fileOffset)
        }
    }

    /// Whether a file's code is at the address.
    package func holdsCode(at address: UInt64) -> Bool {
        addressSpace.images.contains { address >= $0.start && address < $0.end }
    }

    /// The 64-bit word at an address of the template, nil where it has no memory.
    package func word(at address: UInt64) -> UInt64? {
        var word: UInt64 = 0
        let size = MemoryLayout<UInt64>.size
        let count = unsafe clinux_read_memory(process, address, &word, UInt64(size))
        return count == size ? word : nil
    }

    /// Plants breakpoints for all copies to come; addresses that cannot be written to are left out.
    package mutating func plant(_ places: [Breakpoint]) {
        for place in places where !breakpoints.contains(place.address) {
            var original: UInt8 = 0
            guard
                unsafe clinux_replace_byte(
                    process, place.address, BreakpointTable.trap, &original) == 0
            else { continue }
            breakpoints.insert(place, original: original)
        }
    }

    /// Takes breakpoints out, so that copies to come are not stopped there.
    package mutating func remove(_ addresses: [UInt64]) {
        for address in addresses {
            guard let original = breakpoints.remove(address) else { continue }
            var trap: UInt8 = 0
            _ = unsafe clinux_replace_byte(process, address, original, &trap)
        }
    }
}

@available(*, unavailable)
extension ForkServer: Sendable {}
