internal import CElf
internal import Syscalls

/// What a file allows that no analysis of its code can follow.
extension ElfFile {
    /// Each with the place in the file that says so.
    var caveats: [StaticSet.Unresolved] {
        var result: [StaticSet.Unresolved] = []
        func report(_ kind: String, _ offset: UInt64, _ detail: String) {
            result.append(
                StaticSet.Unresolved(
                    kind: kind, site: CallSite(module: path, offset: offset), detail: detail))
        }
        for segment in contents.segments where segment.isExecutable && segment.isWritable {
            report(
                "writable code", segment.fileOffset,
                "a segment of \(segment.addresses.count) bytes is writable and executable")
        }
        if contents.stack == .executable {
            report("executable stack", 0, "its header asks for a stack that code can run on")
        }
        if contents.stack == .unspecified, !contents.dynamic.isEmpty, path != "[vdso]" {
            report(
                "executable stack", 0,
                "it does not say that its stack holds no code, so the loader lets code run there")
        }
        let hasTextRelocations =
            contents.dynamic[DT_TEXTREL] != nil
            || (contents.dynamic[DT_FLAGS] ?? 0) & UInt64(DF_TEXTREL) != 0
        if hasTextRelocations {
            let first = contents.relocations.first { isCode($0.address) }
            report(
                "text relocations", first.flatMap { fileOffset(of: $0.address) } ?? 0,
                "the loader changes its code before it runs")
        }
        return result
    }
}
