internal import Synchronization

/// Where the references of one file's code lead within that file, worked out once for all
/// programs and all questions about them.
final class ReferenceTargets: Sendable {
    /// Where a reference leads; in four bytes, as files have millions.
    struct Target {
        enum Place {
            /// An index into ``Summary/functions``.
            case function(Int)
            /// An index into the file's relocations: control goes through the word that the
            /// loader fills in by it.
            case relocation(Int)
            case nothing
            /// Data, or a word that no relocation fills in.
            case other
        }

        private let code: Int32

        init(_ place: Place) {
            switch place {
            case .function(let index): code = Int32(exactly: index) ?? .min
            case .relocation(let index): code = Int32(exactly: -2 - index) ?? .min
            case .nothing: code = -1
            case .other: code = .min
            }
        }

        var place: Place {
            switch code {
            case .min: .other
            case -1: .nothing
            case 0...: .function(Int(code))
            default: .relocation(-2 - Int(code))
            }
        }
    }

    private let file: ElfFile
    private let summary: Summary
    private let known: Mutex<[[Target]?]>
    /// Functions by where their references begin, without those that have none.
    private let holders: [Int32]
    /// Of larger files than this targets are not kept, but worked out again.
    private static let mostReferences = 1 << 21

    init(_ file: ElfFile, _ summary: Summary) {
        self.file = file
        self.summary = summary
        known = Mutex(Array(repeating: nil, count: summary.functions.count))
        let functions = summary.functions
        holders = functions.indices.filter { !functions[$0].references.isEmpty }
            .sorted { functions[$0].references.lowerBound < functions[$1].references.lowerBound }
            .map { Int32(truncatingIfNeeded: $0) }
    }

    /// The function that makes a reference.
    func function(holding reference: Int) -> Int? {
        let next = holders.partitionPoint {
            summary.functions[Int($0)].references.lowerBound > reference
        }
        return next > 0 ? Int(holders[next - 1]) : nil
    }

    /// The targets of a function's references, in their order.
    func targets(of function: Int) -> [Target] {
        if let targets = known.withLock({ $0[function] }) { return targets }
        let targets = summary.references[summary.functions[function].references].map {
            Target(place(of: $0))
        }
        if summary.references.count <= Self.mostReferences {
            known.withLock { $0[function] = targets }
        }
        return targets
    }

    private func place(of reference: Summary.Reference) -> Target.Place {
        switch reference.kind {
        case .call, .jump:
            if let slot = file.stubSlot(at: reference.target) { return place(ofSlot: slot) }
            return summary.function(containing: reference.target).map { .function($0) } ?? .nothing
        case .callThroughSlot, .jumpThroughSlot: return place(ofSlot: reference.target)
        case .address:
            guard file.isCode(reference.target), file.stubSlot(at: reference.target) == nil,
                let function = summary.function(containing: reference.target)
            else { return .other }
            return .function(function)
        case .load:
            let (end, overflow) = reference.target.addingReportingOverflow(
                UInt64(max(reference.size, 8)))
            guard !overflow else { return .nothing }
            let isPlain =
                !file.contents.isFixed && file.relocations(in: reference.target..<end).isEmpty
            return isPlain ? .nothing : .other
        }
    }

    private func place(ofSlot slot: UInt64) -> Target.Place {
        let (end, overflow) = slot.addingReportingOverflow(8)
        guard !overflow else { return .nothing }
        let relocations = file.relocations(in: slot..<end)
        guard relocations.first?.address == slot else { return .other }
        return .relocation(relocations.startIndex)
    }
}
