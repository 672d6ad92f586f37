internal import Platform

/// One ELF file, parsed and still mapped: what the loader would see, and nothing of its debug
/// information.
///
/// Immutable, so threads share it. Addresses are those of the file's own program headers.
final class ElfFile: Sendable {
    /// A `PT_LOAD` segment.
    struct Segment: Sendable {
        let addresses: Range<UInt64>
        let fileOffset: UInt64
        let fileSize: UInt64
        let isExecutable: Bool
        let isWritable: Bool
    }

    /// What `PT_GNU_STACK` says of the stack.
    enum Stack: Sendable {
        case unspecified, plain, executable
    }

    /// The tables that parsing collects, see ``ElfFile/read(_:)``.
    struct Contents: Sendable {
        var segments: [Segment] = []
        /// Whether the file is linked for one fixed address (`ET_EXEC`), so that addresses stand
        /// in code and data without relocations.
        var isFixed = false
        var entry: UInt64 = 0
        /// Whether Go's compiler made code of it, whose functions keep no registers.
        var isGo = false
        /// Path of the dynamic loader, for dynamically linked programs.
        var interpreter: String?
        /// The initial image of thread-local variables.
        var threadLocals: Range<UInt64>?
        var dynamic = DynamicTable()
        var symbols = SymbolTable()
        var relocations: [Relocation] = []
        /// Sorted, not overlapping: where instructions may stand.
        var codeRanges: [Range<UInt64>] = []
        /// Start addresses of all allocated sections.
        var sectionStarts: [UInt64] = []
        var frames: [CallFrame] = []
        var stack = Stack.unspecified
    }

    let path: String
    let contents: Contents
    /// Of all bytes, for the cache that this extraction uses; nil where there is none.
    let digest: ContentHash.Digest?
    private let storage: Storage

    /// Where the bytes are.
    private enum Storage: ~Copyable, Sendable {
        case mapped(MappedFile)
        case copied([UInt8])
    }

    init(
        path: String, contents: Contents, file: consuming MappedFile,
        digest: ContentHash.Digest? = nil
    ) {
        self.path = path
        self.contents = contents
        self.digest = digest
        storage = .mapped(file)
    }

    init(path: String, contents: Contents, bytes: [UInt8]) {
        self.path = path
        self.contents = contents
        digest = nil
        storage = .copied(bytes)
    }

    /// The whole file; valid inside the closure only.
    func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        switch storage {
        case .mapped(let file): file.withBytes(body)
        case .copied(let bytes):
            unsafe bytes.withUnsafeBytes { unsafe body(RawSpan(_unsafeBytes: $0)) }
        }
    }

    /// The file offset behind an address, nil for addresses that no file bytes back.
    func fileOffset(of address: UInt64) -> UInt64? { contents.fileOffset(of: address) }

    /// Whether a segment holds the address.
    func contains(_ address: UInt64) -> Bool {
        contents.segments.contains { $0.addresses.contains(address) }
    }

    func isCode(_ address: UInt64) -> Bool { contents.codeRanges.containing(address) != nil }

    /// The 64-bit word at an address, nil where no file bytes back it.
    func word(at address: UInt64) -> UInt64? {
        guard let offset = fileOffset(of: address) else { return nil }
        return withBytes { $0.integer(at: offset) }
    }

    /// The text up to the next zero byte at an address where nothing can change it.
    func constantString(at address: UInt64, limit: Int) -> String? {
        let segment = contents.segments.first { $0.addresses.contains(address) }
        return segment?.isWritable == false ? string(at: address, limit: limit) : nil
    }

    /// The text up to the next zero byte at an address.
    func string(at address: UInt64, limit: Int) -> String? {
        guard let offset = fileOffset(of: address) else { return nil }
        return withBytes { $0.string(at: Int(offset), limit: limit) }
    }
}

extension ElfFile.Contents {
    func fileOffset(of address: UInt64) -> UInt64? {
        for segment in segments where segment.addresses.contains(address) {
            let distance = address - segment.addresses.lowerBound
            guard distance < segment.fileSize else { return nil }
            let (offset, overflow) = segment.fileOffset.addingReportingOverflow(distance)
            return overflow || offset > UInt64(Int.max) ? nil : offset
        }
        return nil
    }

    /// How many file bytes follow an address in its segment.
    func bytesAvailable(at address: UInt64) -> Int {
        for segment in segments where segment.addresses.contains(address) {
            let distance = address - segment.addresses.lowerBound
            return distance < segment.fileSize ? Int(clamping: segment.fileSize - distance) : 0
        }
        return 0
    }
}

extension Array where Element == Range<UInt64> {
    /// The range that an address lies in; the array is sorted and its ranges do not overlap.
    func containing(_ address: UInt64) -> Range<UInt64>? {
        let index = partitionPoint { $0.lowerBound > address }
        guard index > 0, self[index - 1].contains(address) else { return nil }
        return self[index - 1]
    }
}

extension Array {
    /// The first index whose element satisfies a condition that, once true, stays true.
    func partitionPoint(_ isBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
