package import Platform

/// The instructions of some functions that compare numbers: places at which a breakpoint tells
/// what an input would have to hold for control to go another way.
package enum NumberComparisons {
    /// Numbers that an instruction itself names and that are no larger are lengths, characters and
    /// error codes: they say nothing of an input that could be found in it.
    private static let trivialNumbers: ClosedRange<Int64> = -1...255

    /// In the order of the file, at most so many.
    ///
    /// - Parameter functions: File offsets of first instructions.
    package static func read(
        _ path: String, ofFunctionsAt functions: Set<UInt64>, atMost limit: Int
    ) throws(ExtractionError) -> [NumberComparison] {
        let file = try ElfFile.read(path)
        var found: [NumberComparison] = []
        for frame in file.contents.frames.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where found.count < limit {
            guard let start = file.fileOffset(of: frame.range.lowerBound),
                functions.contains(start)
            else { continue }
            for operation in Operation.decode(frame.range, of: file) {
                guard case .compare = operation.kind,
                    let offset = file.fileOffset(of: operation.address),
                    let comparison = comparison(operation, at: offset)
                else { continue }
                found.append(comparison)
            }
        }
        return Array(found.prefix(limit))
    }

    private static func comparison(
        _ operation: Operation, at offset: UInt64
    ) -> NumberComparison? {
        guard let width = operation.destination.width ?? operation.source.width, width >= 2,
            let left = operation.destination.operand, let right = operation.source.operand
        else { return nil }
        for case .number(let number) in [left, right]
        where trivialNumbers.contains(Int64(bitPattern: number)) {
            return nil
        }
        return NumberComparison(
            address: operation.address, fileOffset: offset, left: left, right: right, width: width)
    }
}

extension Operation.Location {
    fileprivate var width: Int? {
        switch self {
        case .register(_, let width), .memory(_, let width): width
        case .none, .immediate, .elsewhere: nil
        }
    }

    fileprivate var operand: NumberComparison.Operand? {
        switch self {
        case .register(let register, _): .register(register)
        case .immediate(let number): .number(number)
        case .memory(let address, _):
            .memory(
                base: address.base, index: address.index, scale: address.scale,
                distance: address.distance)
        case .none, .elsewhere: nil
        }
    }
}
