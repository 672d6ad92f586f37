internal import Platform

extension Summary {
    /// Decodes the whole code of a file; fails for one that has more in it than programs have.
    init(of file: ElfFile, limits: SummaryLimits? = nil) throws(ExtractionError) {
        let codeSize = file.contents.codeRanges.reduce(0) { $0 + $1.count }
        let limits = limits ?? SummaryLimits(codeSize: codeSize)
        let (summary, excess) = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                let scanner = unsafe CodeScanner(buffer, contents: file.contents, limits: limits)
                return Summarizer(file: file, limits: limits).summarize(scanner)
            }
        }
        if let excess {
            throw ExtractionError(
                code: .unsupported, path: file.path,
                reason: "its code has more than \(excess), which no program that was measured "
                    + "has; check that it is the program that you mean")
        }
        self = summary
        resolveNumbers(file)
    }

    /// Finds the numbers of all sites, in several functions at the same time.
    private mutating func resolveNumbers(_ file: ElfFile) {
        let summary = self
        let callers = functions.filter { !$0.sites.isEmpty }
        let numbers = Parallel.map(callers.count) { turn in
            let function = callers[turn]
            let flow = ValueFlow(file, range: function.start..<function.end, summary: summary)
            return function.sites.filter { summary.sites[$0].kind == .syscall }.map {
                (site: $0, number: flow.number(at: summary.sites[$0].address))
            }
        }
        for (site, number) in numbers.joined() { sites[site].number = number }
    }
}

/// Finds the functions of a file: what call frames and symbols delimit, and whatever else code or
/// data refer to.
private struct Summarizer {
    let file: ElfFile
    let limits: SummaryLimits
    private var contents: ElfFile.Contents { file.contents }

    /// What the file has too many of comes along, with a summary that is not complete then.
    func summarize(_ scanner: consuming CodeScanner) -> (summary: Summary, excess: String?) {
        var scanner = scanner
        let ranges = knownRanges()
        addKnown(ranges, &scanner)
        scanner.noteDelimited()
        addReferenced(&scanner, delimited: ranges.map(\.range))
        if let excess = scanner.excess { return (Summary(), excess) }
        let starts = scanner.starts
        let joins = scanner.joins
        var summary = scanner.finish()
        summary.functions.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        summary.noteNesting()
        summary.callConstants.sort { ($0.address, $0.argument) < ($1.address, $1.argument) }
        summary.forgetArguments(ofFunctionsAt: Set(joins.map(\.function)))
        summary.sideEntries = sideEntries(summary, starts, joins.map(\.address))
        summary.objectStarts = objectStarts(summary)
        summary.endings = endings(summary)
        summary.spreadReturns()
        return (summary, nil)
    }

    /// See exit(3), abort(3), longjmp(3), pthread_exit(3), err(3) and the ABI of C++ exceptions; the
    /// loader's own end with longjmp or _exit (elf/dl-catch.c, elf/dl-printf.c). A program may have
    /// a function of such a name that does come back; these have the version of their library.
    private static let endingNames: Set<String> = [
        "exit", "_exit", "_Exit", "quick_exit", "abort", "__assert_fail", "__assert_perror_fail",
        "__assert", "__stack_chk_fail", "__fortify_fail", "__chk_fail", "__libc_fatal",
        "longjmp", "_longjmp", "siglongjmp", "__longjmp_chk", "__libc_longjmp",
        "__libc_siglongjmp", "pthread_exit", "err", "errx", "verr", "verrx", "__cxa_throw",
        "__cxa_rethrow", "__cxa_bad_cast", "__cxa_throw_bad_array_new_length", "_Unwind_Resume",
        "_ZSt9terminatev", "_dl_signal_error", "_dl_signal_exception", "_dl_fatal_printf",
    ]

    private static let endingVersions = ["GLIBC", "CXXABI", "GCC"]

    private func endings(_ summary: Summary) -> [UInt64] {
        let symbols = contents.symbols.symbols
        let isEnding = symbols.map { symbol in
            Self.endingNames.contains(symbol.name)
                && Self.endingVersions.contains { symbol.version?.hasPrefix($0) == true }
        }
        var result = Set(
            symbols.indices.filter { isEnding[$0] && symbols[$0].isDefined }
                .map { symbols[$0].value })
        let slots = Set(
            contents.relocations.filter {
                $0.kind == .symbol && $0.addend == 0 && Int($0.symbol) < isEnding.count
                    && isEnding[Int($0.symbol)]
            }.map(\.address))
        guard !slots.isEmpty else { return result.sorted() }
        for reference in summary.references where reference.kind == .call {
            guard !result.contains(reference.target),
                let slot = file.stubSlot(at: reference.target), slots.contains(slot)
            else { continue }
            result.insert(reference.target)
        }
        return result.sorted()
    }

    private typealias KnownRange = (range: Range<UInt64>, frame: CallFrame?)

    private static let mostParts: UInt64 = 8

    private func addKnown(_ ranges: [KnownRange], _ scanner: inout CodeScanner) {
        // A damaged frame may claim any length.
        let longest = UInt64(contents.codeRanges.map(\.count).max() ?? 0)
        let sizes = ranges.map { min(longest, $0.range.upperBound - $0.range.lowerBound) }
        let size = sizes.reduce(0, +)
        let count = min(size / UInt64(limits.partSize), Self.mostParts)
        guard count > 1 else { return add(ranges.indices, of: ranges, to: &scanner) }
        var parts: [Range<Int>] = []
        var before: UInt64 = 0
        for index in sizes.indices {
            before += sizes[index]
            let begin = parts.last?.upperBound ?? 0
            let isFull = before >= size / count * UInt64(parts.count + 1)
            if isFull || index + 1 == sizes.count { parts.append(begin..<index + 1) }
        }
        let limits = limits.divided(by: parts.count)
        let bounds = parts
        let found = Parallel.map(bounds.count) { turn in
            file.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { buffer in
                    var scanner = unsafe CodeScanner(buffer, contents: contents, limits: limits)
                    add(bounds[turn], of: ranges, to: &scanner)
                    return scanner.part
                }
            }
        }
        for part in found { scanner.append(part) }
    }

    private func add(_ indices: Range<Int>, of ranges: [KnownRange], to scanner: inout CodeScanner)
    {
        for index in indices {
            let known = ranges[index]
            let next = index + 1 < ranges.count ? ranges[index + 1].range.lowerBound : .max
            _ = scanner.addFunction(known.range, limit: max(next, known.range.upperBound))
            if let personality = known.frame?.personality {
                // The unwinder calls it when an exception passes through the function.
                let kind: Summary.Reference.Kind =
                    known.frame?.personalityIsIndirect == true ? .load : .address
                scanner.addReference(
                    Summary.Reference(
                        kind: kind, size: 8, address: known.range.lowerBound, target: personality))
                scanner.noteLandingPads()
            }
        }
    }

    /// Call frames, and function symbols that none covers.
    private func knownRanges() -> [KnownRange] {
        var result: [KnownRange] = []
        for frame in contents.frames where file.isCode(frame.range.lowerBound) {
            // Tables of two translation units may repeat a frame, never overlap it.
            guard frame.range.lowerBound >= result.last?.range.upperBound ?? 0 else { continue }
            result.append((frame.range, frame))
        }
        let frames = result.map(\.range)
        for symbol in contents.symbols.symbols where symbol.isDefined && symbol.isFunction {
            let (end, overflow) = symbol.value.addingReportingOverflow(max(symbol.size, 1))
            guard !overflow, file.isCode(symbol.value), frames.containing(symbol.value) == nil
            else {
                continue
            }
            let next = frames.partitionPoint { $0.lowerBound > symbol.value }
            let limit = next < frames.count ? frames[next].lowerBound : .max
            result.append((symbol.value..<min(end, limit), nil))
        }
        result.sort {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }
        var last: UInt64?
        return result.filter { known in
            defer { last = known.range.lowerBound }
            return last != known.range.lowerBound
        }
    }

    /// Adds functions at addresses that are referred to and lie outside all functions so far, or
    /// in the middle of what was decoded as one instruction.
    ///
    /// Numbers that look like addresses are many where addresses are fixed, and each adds what
    /// is decoded from there on. Once that is much, it ends where it meets what is known.
    private func addReferenced(_ scanner: inout CodeScanner, delimited: [Range<UInt64>]) {
        var seenReferences = 0
        // The kernel and the loader do go there, however little the code looks like a function.
        var entries = entryAddresses()
        var roots = rootAddresses()
        // Targets that were looked at, those where control surely arrives apart.
        var certain = AddressSet(contents.codeRanges)
        var guessed = certain
        var known = KnownFunctions(contents.codeRanges)
        func look(at target: UInt64, isCertain: Bool) {
            guard file.isCode(target) else { return }
            let isMuch = scanner.summary.references.count > limits.repeated
            let delimited = delimited.last(containing: target)
            let enclosing =
                known.end(ofFunctionContaining: target, isMuch: isMuch) ?? delimited?.upperBound
            guard enclosing == nil || !scanner.starts.contains(target),
                !certain.contains(target),
                isCertain ? certain.insert(target) : guessed.insert(target)
            else { return }
            let limit = enclosing ?? known.start(after: target) ?? .max
            let outcome = scanner.addFunction(
                target..<limit, limit: limit, untilEnd: true, within: isMuch ? delimited : nil)
            let isGuess = !isCertain && enclosing == nil
            let isData = isGuess && (!outcome.isClean || outcome.fallsThrough)
            if isData || outcome.end == target { scanner.removeLastFunction() }
            if isMuch { known.add(scanner.summary.functions) }
        }
        repeat {
            let round = seenReferences..<scanner.summary.references.count
            seenReferences = round.upperBound
            known.add(scanner.summary.functions)
            for entry in entries { look(at: entry, isCertain: true) }
            for root in roots { look(at: root, isCertain: false) }
            (entries, roots) = ([], [])
            for index in round {
                let reference = scanner.summary.references[index]
                switch reference.kind {
                case .call, .jump: look(at: reference.target, isCertain: true)
                case .address: look(at: reference.target, isCertain: false)
                case .callThroughSlot, .jumpThroughSlot, .load: continue
                }
            }
        } while seenReferences < scanner.summary.references.count && scanner.excess == nil
    }

    /// Where the kernel or the loader enter the file.
    private func entryAddresses() -> [UInt64] {
        [contents.entry]
            + [file.constructors.function, file.destructors.function].compactMap { $0 }
    }

    /// Addresses of code that stand in tables of the file rather than in its instructions.
    private func rootAddresses() -> [UInt64] {
        var result = entryAddresses()
        for relocation in contents.relocations {
            switch relocation.kind {
            case .relative, .indirect: result.append(relocation.addend)
            case .symbol, .copy, .threadLocal: continue
            }
        }
        if contents.isFixed { result += file.fixedPointers.filter { file.isCode($0) } }
        return result
    }

    private func sideEntries(
        _ summary: Summary, _ starts: AddressSet, _ joins: [UInt64]
    ) -> [UInt64] {
        var result = Set(joins)
        func note(_ target: UInt64) {
            guard starts.contains(target), let index = summary.function(containing: target),
                summary.functions[index].start != target
            else { return }
            result.insert(target)
        }
        for reference in summary.references {
            switch reference.kind {
            case .call, .jump, .address: note(reference.target)
            case .callThroughSlot, .jumpThroughSlot, .load: continue
            }
        }
        for address in rootAddresses() { note(address) }
        for symbol in contents.symbols.symbols where symbol.isDefined { note(symbol.value) }
        return result.sorted()
    }

    /// Every address of data that code or other data forms begins an object, except within one
    /// whose extent a symbol gives.
    private func objectStarts(_ summary: Summary) -> [UInt64] {
        var extents: [Range<UInt64>] = []
        for symbol in contents.symbols.symbols
        where symbol.isDefined && symbol.kind == .object && symbol.size > 0 {
            let (end, overflow) = symbol.value.addingReportingOverflow(symbol.size)
            if !overflow { extents.append(symbol.value..<end) }
        }
        extents.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        var objects: [Range<UInt64>] = []
        for extent in extents where extent.upperBound > objects.last?.upperBound ?? 0 {
            objects.append(
                max(extent.lowerBound, objects.last?.upperBound ?? 0)..<extent.upperBound)
        }
        var starts = Set(objects.flatMap { [$0.lowerBound, $0.upperBound] })
        starts.formUnion(contents.sectionStarts)
        for segment in contents.segments {
            starts.insert(segment.addresses.lowerBound)
            starts.insert(segment.addresses.upperBound)
        }
        func note(_ address: UInt64) {
            guard file.contains(address), !file.isCode(address),
                objects.containing(address) == nil
            else { return }
            starts.insert(address)
        }
        for reference in summary.references where reference.kind == .address {
            note(reference.target)
        }
        for relocation in contents.relocations {
            if relocation.kind == .relative { note(relocation.addend) }
            guard relocation.slotSize > 0 else { continue }
            starts.insert(relocation.address)
            starts.insert(relocation.address &+ relocation.slotSize)
        }
        if contents.isFixed { file.fixedPointers.forEach(note) }
        return starts.sorted()
    }
}

extension [Range<UInt64>] {
    /// Of ranges sorted by start, the last to begin at an address or below it, if it reaches there.
    fileprivate func last(containing address: UInt64) -> Range<UInt64>? {
        let next = partitionPoint { $0.lowerBound > address }
        return next > 0 && self[next - 1].contains(address) ? self[next - 1] : nil
    }
}

/// Where the functions that were found so far begin and end.
private struct KnownFunctions {
    private var starts: OrderedAddresses
    private var ends: [UInt64: UInt64] = [:]
    /// How many functions of the list were added.
    private var count = 0

    init(_ ranges: [Range<UInt64>]) { starts = OrderedAddresses(ranges) }

    /// Takes over what a list holds more than when it was last seen.
    mutating func add(_ functions: [Summary.Function]) {
        for function in functions[count...] {
            starts.insert(function.start)
            ends[function.start] = max(function.end, ends[function.start] ?? 0)
        }
        count = functions.count
    }

    func start(after address: UInt64) -> UInt64? { starts.next(above: address) }

    /// Looks at the functions that begin closest before an address only: where more of them end
    /// before it, what encloses them is one that the file itself delimits.
    ///
    /// - Parameter isMuch: whether many are short because they end where they meet another, see
    ///   ``SummaryLimits/repeated``.
    func end(ofFunctionContaining address: UInt64, isMuch: Bool) -> UInt64? {
        var next = starts.last(upTo: address)
        for _ in 0..<(isMuch ? 32 : 4) {
            guard let start = next, let end = ends[start] else { return nil }
            if address < end { return end }
            next = start > 0 ? starts.last(upTo: start - 1) : nil
        }
        return nil
    }
}

extension ElfFile {
    /// The words of a file with a fixed address that may be pointers, as nothing relocates them.
    var fixedPointers: [UInt64] {
        fixedPointers(in: 0..<UInt64.max)
    }

    /// Those of them that stand at aligned addresses in a range.
    func fixedPointers(in range: Range<UInt64>) -> [UInt64] {
        guard contents.isFixed else { return [] }
        return withBytes { bytes in
            var result: [UInt64] = []
            for segment in contents.segments {
                let start = max(range.lowerBound, segment.addresses.lowerBound)
                let end = min(range.upperBound, segment.addresses.lowerBound + segment.fileSize)
                guard start < end else { continue }
                var address = (start &+ 7) & ~7
                while address >= start, address < end {
                    let offset = segment.fileOffset + (address - segment.addresses.lowerBound)
                    guard let word: UInt64 = bytes.integer(at: offset) else { break }
                    if word != 0, contains(word) { result.append(word) }
                    address &+= 8
                }
            }
            return result
        }
    }
}
