internal import CLinux
internal import Glibc

/// Looking through the machine's folders for what a target must not come to, by type and by name, in
/// a time that is bounded.
struct TreeSearch {
    /// Names that are looked for.
    var names: [String] = []
    /// Looked for is what belongs to this user and is closed to others.
    var owner: UInt32?
    /// Whether sockets, FIFOs and devices are looked for.
    var findsSpecial = false
    /// How many folders below the first one.
    var depth: UInt32
    var milliseconds: UInt32
    /// Paths that are not looked at.
    var leftOut: [String] = []

    struct Result {
        /// As the kernel takes them, whatever bytes they are of.
        var entries: [[CChar]]
        /// Whether everything has been looked at.
        var isComplete: Bool

        var paths: [String] {
            entries.map { entry in
                String(decoding: entry.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
        }
    }

    /// Bytes for the paths.
    private static let capacity = 1 << 18

    /// What lies below the folders; nothing is looked for below what is found.
    func found(below folders: [String]) -> Result {
        guard !folders.isEmpty else { return Result(entries: [], isComplete: true) }
        let (paths, names, leftOut) = (
            Self.block(folders), Self.block(names), Self.block(leftOut)
        )
        var isComplete: Int32 = 0
        var kinds = findsSpecial ? UInt32(CLINUX_FIND_SPECIAL) : 0
        if owner != nil { kinds |= UInt32(CLINUX_FIND_PRIVATE) }
        let bytes = unsafe [CChar](unsafeUninitializedCapacity: Self.capacity) { buffer, count in
            count = unsafe paths.withUnsafeBufferPointer { paths in
                unsafe names.withUnsafeBufferPointer { names in
                    unsafe leftOut.withUnsafeBufferPointer { leftOut -> Int in
                        guard let first = paths.baseAddress, let name = names.baseAddress,
                            let left = leftOut.baseAddress, let found = buffer.baseAddress
                        else { return 0 }
                        var search = unsafe clinux_search(
                            kinds: kinds, owner: owner ?? 0, depth: depth,
                            milliseconds: milliseconds, names: name, left_out: left)
                        let length = unsafe clinux_find_entries(
                            first, &search, found, Int64(buffer.count), &isComplete)
                        return max(0, Int(length))
                    }
                }
            }
        }
        return Result(
            entries: bytes.split(separator: 0).map { Array($0) + [0] }, isComplete: isComplete == 1)
    }

    private static func block(_ strings: [String]) -> [CChar] {
        strings.flatMap { $0.utf8.map { CChar(bitPattern: $0) } + [0] } + [0]
    }
}
