/// Bounds of what a file may say that something was counted.
///
/// Whoever wrote the file may have written any number. No honest count comes near these, and sums of
/// a thousand numbers within them still fit, so what reads them may add.
package enum StoredCount {
    package static let most: UInt64 = 1 << 53
    /// Some thirty thousand years.
    package static let mostSeconds = 1e12

    package static func bounded(_ number: some BinaryInteger) -> UInt64 {
        min(UInt64(clamping: number), most)
    }
}
