/// How much the code of one file may hold before its summary is made in another way or not at all.
///
/// Programs stay far below what ends the work: one with 21 MB of code has a reference in 24 bytes,
/// and those with most system call instructions a thousand. What exceeds it was made to.
struct SummaryLimits {
    /// More than this, and code that was decoded once is not decoded again from a place within.
    var repeated: Int
    var references: Int
    var functions: Int
    var sites: Int
    /// About how much code one thread decodes before another may help: the C library is most of
    /// what a small program consists of.
    var partSize = 192 << 10

    /// - Parameter codeSize: how many bytes of a file are code.
    init(codeSize: Int) {
        // Three times what programs have that were measured.
        repeated = (1 << 18) + codeSize / 8
        references = (8 << 20) + codeSize / 16
        functions = (1 << 20) + codeSize / 64
        sites = 1 << 16
    }

    /// For each of some equal parts of the same code.
    func divided(by count: Int) -> SummaryLimits {
        var part = self
        part.references /= count
        part.functions /= count
        part.sites /= count
        return part
    }

    /// What a file has too many of; nil for none.
    func excess(of summary: Summary) -> String? {
        if summary.references.count > references { return "\(references) references" }
        if summary.functions.count > functions { return "\(functions) functions" }
        if summary.sites.count > sites { return "\(sites) system call instructions" }
        return nil
    }
}
