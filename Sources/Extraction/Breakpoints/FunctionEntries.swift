/// Where the functions of a file begin: places at which a breakpoint tells that one is entered.
package enum FunctionEntries {
    /// File offsets, in ascending order, of the first instructions that call frames and exported
    /// symbols tell of.
    package static func read(_ path: String) throws(ExtractionError) -> [UInt64] {
        let file = try ElfFile.read(path)
        let symbols = file.contents.symbols.symbols.filter { $0.isDefined && $0.isFunction }
        let addresses =
            file.contents.frames.map(\.range.lowerBound) + symbols.map(\.value)
        return Set(addresses.filter { file.isCode($0) }.compactMap { file.fileOffset(of: $0) })
            .sorted()
    }
}
