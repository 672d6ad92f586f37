/// Which file the executable memory of a process comes from, kept up to date as it maps and
/// unmaps, so that an instruction pointer has a meaning at the moment of the call.
struct AddressSpace {
    /// A stretch of executable memory.
    fileprivate struct Range {
        var start: UInt64
        var end: UInt64
        /// Offset in the file of the byte at `start`; nil for memory that no file is behind.
        var fileOffset: UInt64?
        /// Index into ``Trace/modules``.
        var module: Int32
    }

    private var ranges: [Range] = []
    private var lastHit = 0
    /// Set when something happened that only the kernel's own listing can tell.
    private(set) var isStale = true
    /// How often the listing did not know an address; code made at run time would have it read
    /// for every call.
    private var fruitlessReads = 0

    private static let fruitlessReadLimit = 16

    /// The module of code that was made at run time.
    static let anonymous = "[anonymous]"

    /// The module and file offset of an address, nil when the ranges do not hold it.
    mutating func locate(_ address: UInt64) -> (module: Int32, offset: UInt64)? {
        if lastHit < ranges.count, let place = ranges[lastHit].place(of: address) { return place }
        for (index, range) in ranges.enumerated() {
            if let place = range.place(of: address) {
                lastHit = index
                return place
            }
        }
        return nil
    }

    /// Whether the kernel's listing should be read for an address that was not found.
    var deservesListing: Bool { isStale || fruitlessReads < Self.fruitlessReadLimit }

    mutating func invalidate() {
        isStale = true
    }

    mutating func recordFruitlessListing() {
        fruitlessReads += 1
    }

    /// Forgets `length` bytes from `start`, as munmap(2) and a fixed mapping do.
    mutating func remove(start: UInt64, length: UInt64) {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard !overflow, ranges.contains(where: { $0.start < end && start < $0.end }) else {
            return
        }
        var kept: [Range] = []
        for range in ranges {
            guard range.start < end, start < range.end else {
                kept.append(range)
                continue
            }
            if range.start < start {
                var left = range
                left.end = start
                kept.append(left)
            }
            if range.end > end {
                var right = range
                right.fileOffset = range.fileOffset.map { $0 &+ (end - range.start) }
                right.start = end
                kept.append(right)
            }
        }
        ranges = kept
        lastHit = 0
    }

    mutating func insert(start: UInt64, length: UInt64, fileOffset: UInt64?, module: Int32) {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard !overflow else { return }
        remove(start: start, length: length)
        ranges.append(Range(start: start, end: end, fileOffset: fileOffset, module: module))
    }

    /// The stretches that a file is behind.
    var images: [(module: Int32, start: UInt64, end: UInt64, fileOffset: UInt64)] {
        ranges.compactMap { range in
            range.fileOffset.map { (range.module, range.start, range.end, $0) }
        }
    }

    /// Replaces everything by the executable lines of a `/proc/PID/maps` listing, see
    /// proc_pid_maps(5).
    mutating func load(listing: [UInt8], module: (String) -> Int32) {
        ranges.removeAll(keepingCapacity: true)
        lastHit = 0
        isStale = false
        for line in listing.split(separator: 10) {
            guard Mapping.isExecutable(line: line), let mapping = Mapping(line: line) else {
                continue
            }
            ranges.append(
                Range(
                    start: mapping.start, end: mapping.end, fileOffset: mapping.fileOffset,
                    module: module(mapping.file ?? Self.anonymous)))
        }
    }
}

extension AddressSpace.Range {
    fileprivate func place(of address: UInt64) -> (module: Int32, offset: UInt64)? {
        guard address >= start, address < end else { return nil }
        return (module, fileOffset.map { $0 &+ (address - start) } ?? 0)
    }
}
