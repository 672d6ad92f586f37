internal import Glibc
internal import Platform
internal import TestCases

/// The lines of a file of any length, one at a time.
struct LineReader: ~Copyable {
    private let file: FileDescriptor
    private var chunk = Bytes()
    private var position = 0
    /// Lines that were longer than any that is of use, and were left out.
    private(set) var tooLong = 0
    /// Whether the rest of the file was left alone, as there is more of it than is read.
    private(set) var isCut = false
    private var left = Self.longestFile
    /// Bytes that are read of a file, whatever size it says it has.
    static let longestFile = 1 << 30
    /// A line of which more than this was read has no end that anybody waits for.
    private static let longestLine = 64 << 20

    static func open(_ path: String) throws(SystemError) -> LineReader {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        return LineReader(file: FileDescriptor(owning: descriptor))
    }

    private init(file: consuming FileDescriptor) {
        self.file = file
    }

    /// Without its newline; nil at the end of the file.
    mutating func next() -> Bytes? {
        var line: Bytes = []
        var isTooLong = false
        let before = left
        while true {
            if let end = chunk[position...].firstIndex(of: 0x0a) {
                line += chunk[position..<end]
                position = end + 1
                guard isTooLong || line.count > CommandRecords.longestCommand else { return line }
                tooLong += 1
                (line, isTooLong) = ([], false)
                continue
            }
            line += chunk[position...]
            if line.count > CommandRecords.longestCommand { (line, isTooLong) = ([], true) }
            if before - left > Self.longestLine {
                isCut = true
                chunk = []
                position = 0
            }
            guard !isCut, fill() else {
                tooLong += isTooLong ? 1 : 0
                return line.isEmpty ? nil : line
            }
        }
    }

    /// False at the end, which an error is as well.
    private mutating func fill() -> Bool {
        position = 0
        guard left > 0 else {
            isCut = true
            chunk = []
            return false
        }
        chunk = unsafe Bytes(unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            repeat {
                count = unsafe read(file.rawValue, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            count = max(0, count)
        }
        left -= chunk.count
        return !chunk.isEmpty
    }
}
