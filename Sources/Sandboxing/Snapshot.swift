internal import CLinux

/// Files and folders as they were when they were added, to know later that nothing has changed.
///
/// Made against programs that change something and then try to look as if they had not: they can
/// set times back, but not the time of change, and content is compared.
@safe struct Snapshot: ~Copyable {
    /// Nil when there is no memory for it; then nothing can be added.
    private let pointer: OpaquePointer?

    init() {
        unsafe pointer = clinux_snapshot_create()
    }

    deinit {
        if let pointer = unsafe pointer { unsafe clinux_snapshot_destroy(pointer) }
    }

    var count: Int {
        guard let pointer = unsafe pointer else { return 0 }
        return Int(unsafe clinux_snapshot_count(pointer))
    }

    /// Adds what is at the path; false when that cannot be known again, such as a large file.
    mutating func add(_ path: String, in directory: Int32) -> Bool {
        guard let pointer = unsafe pointer else { return false }
        return unsafe clinux_snapshot_add(pointer, directory, path) == 0
    }

    /// Forgets all entries but the first so many.
    mutating func truncate(to count: Int) {
        guard let pointer = unsafe pointer else { return }
        unsafe clinux_snapshot_truncate(pointer, UInt32(clamping: count))
    }

    /// Takes over the attributes that the entries have after changes of the worker's own.
    mutating func refresh() -> Bool {
        guard let pointer = unsafe pointer else { return false }
        return unsafe clinux_snapshot_refresh(pointer) == 0
    }

    /// Says that from now on others may change the files.
    mutating func begin() {
        guard let pointer = unsafe pointer else { return }
        unsafe clinux_snapshot_begin(pointer)
    }

    /// Empties the file of an entry, which was empty; whether it is like a new one then, but for its
    /// times.
    func emptyAgain(_ index: Int) -> Bool {
        guard let pointer = unsafe pointer else { return false }
        return unsafe clinux_snapshot_empty_again(pointer, UInt32(clamping: index)) == 1
    }

    /// Whether these entries are provably as they were; all of them must be there.
    func holds(_ range: Range<Int>, fineTimes: Bool) -> Bool {
        guard let pointer = unsafe pointer else { return false }
        return unsafe clinux_snapshot_holds(
            pointer, UInt32(clamping: range.lowerBound), UInt32(clamping: range.count),
            fineTimes ? 1 : 0) == 1
    }
}
