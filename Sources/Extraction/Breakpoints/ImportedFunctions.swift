/// The words of a file through which its code calls functions of other files.
package struct ImportedFunctions: Sendable {
    package struct Slot: Hashable, Sendable {
        package let name: String
        /// By the file's own program headers.
        package let address: UInt64
    }

    package let slots: [Slot]
    private let segments: [ElfFile.Segment]

    /// Reads the slots of functions of the names given.
    package static func read(
        _ path: String, named names: Set<String>
    ) throws(ExtractionError) -> ImportedFunctions {
        let contents = try ElfFile.read(path).contents
        let symbols = contents.symbols.symbols
        let slots = contents.relocations.compactMap { relocation -> Slot? in
            guard relocation.kind == .symbol, relocation.slotSize == 8,
                Int(relocation.symbol) < symbols.count
            else { return nil }
            let name = symbols[Int(relocation.symbol)].name
            return names.contains(name) ? Slot(name: name, address: relocation.address) : nil
        }
        return ImportedFunctions(slots: slots, segments: contents.segments)
    }

    /// What is to be added to the file's addresses where the byte at an offset was mapped to a
    /// start address; nil for an offset that no segment loads.
    package func displacement(ofByteAt fileOffset: UInt64, mappedTo start: UInt64) -> UInt64? {
        // Mappings begin at the page that a segment begins in.
        let page: UInt64 = 4096
        for segment in segments where segment.isExecutable {
            let first = segment.fileOffset & ~(page - 1)
            guard fileOffset >= first, fileOffset < segment.fileOffset &+ segment.fileSize else {
                continue
            }
            let address = segment.addresses.lowerBound &- segment.fileOffset &+ fileOffset
            return start &- address
        }
        return nil
    }
}
