internal import CElf
internal import Platform

extension ElfFile {
    /// Maps and parses the file at a path.
    ///
    /// Throws for anything that this kernel would not start or load as x86-64 code. Tables that
    /// lie outside the file are an error; single rows that make no sense are left out.
    static func read(_ path: String) throws(ExtractionError) -> ElfFile {
        let file: MappedFile
        do {
            file = try MappedFile.open(path)
        } catch {
            throw ExtractionError(code: .unreadable, path: path, reason: "\(error)")
        }
        return try parse(file)
    }

    /// Parses a file that is mapped already.
    ///
    /// - Parameter digest: of its bytes, where it is known.
    static func parse(
        _ file: consuming MappedFile, digest: ContentHash.Digest? = nil
    ) throws(ExtractionError) -> ElfFile {
        let path = file.path
        let contents = try file.withBytes { bytes throws(ExtractionError) in
            try Contents(parsing: bytes, path: path)
        }
        return ElfFile(path: path, contents: contents, file: file, digest: digest)
    }
}

extension ElfFile.Contents {
    init(parsing bytes: RawSpan, path: String) throws(ExtractionError) {
        try Self.checkIdentification(bytes, path: path)
        self = try unsafe bytes.withUnsafeBytes { buffer throws(ExtractionError) in
            guard let handle = unsafe ElfHandle(buffer) else {
                throw ExtractionError(
                    code: .corrupt, path: path, offset: 0,
                    reason: "libelf refuses the header (\(ElfHandle.lastMessage)); "
                        + "compare the file with the one its package ships")
            }
            return try Self(handle, bytes, path: path)
        }
    }

    /// Says in one sentence what a file that is no x86-64 program is instead.
    private static func checkIdentification(
        _ bytes: RawSpan, path: String
    ) throws(ExtractionError) {
        func refuse(_ offset: UInt64, _ reason: String) -> ExtractionError {
            ExtractionError(code: .unsupported, path: path, offset: offset, reason: reason)
        }
        guard bytes.byteCount > 0 else { throw refuse(0, "the file is empty") }
        if bytes.integer(at: 0, as: UInt16.self) == 0x2123 {
            let interpreter = Self.scriptInterpreter(bytes)
            throw ExtractionError(
                code: .script(interpreter: interpreter), path: path, offset: 0,
                reason: "it is a script for \(interpreter); extract from that program instead")
        }
        guard bytes.integer(at: 0, as: UInt32.self) == 0x464c_457f else {
            throw refuse(0, "it is no ELF file; give the path of a compiled program")
        }
        guard bytes.byteCount >= 64 else {
            throw ExtractionError(
                code: .corrupt, path: path, offset: UInt64(bytes.byteCount),
                reason: "the file ends within its header; it was not copied completely")
        }
        guard bytes.integer(at: 4, as: UInt8.self) == 2, bytes.integer(at: 5, as: UInt8.self) == 1
        else {
            throw refuse(4, "it is no 64-bit little-endian file; only x86-64 is supported")
        }
        let machine = bytes.integer(at: 18, as: UInt16.self) ?? 0
        guard machine == 62 else {
            let name = Self.machines[machine].map { " (\($0))" } ?? ""
            throw refuse(
                18, "it is for ELF machine \(machine)\(name); only x86-64 (62) is supported")
        }
        let type = bytes.integer(at: 16, as: UInt16.self) ?? 0
        guard type == 2 || type == 3 else {
            throw refuse(
                16, "its ELF type is \(type), neither a program (2) nor a shared object (3)")
        }
    }

    /// Machines that Linux runs on, as `uname -m` names them.
    private static let machines: [UInt16: String] = [
        3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 183: "aarch64",
        243: "riscv", 258: "loongarch",
    ]

    private static func scriptInterpreter(_ bytes: RawSpan) -> String {
        var line: [UInt8] = []
        for offset in 2..<min(bytes.byteCount, 256) {
            guard let byte = bytes.integer(at: offset, as: UInt8.self), byte != 10 else { break }
            line.append(byte)
        }
        let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }
        return words.first.map(String.init) ?? "an interpreter that it does not name"
    }

    private init(
        _ handle: borrowing ElfHandle, _ bytes: RawSpan, path: String
    ) throws(ExtractionError) {
        self.init()
        guard let header = handle.header(), let programHeaders = handle.programHeaders() else {
            throw ExtractionError(
                code: .corrupt, path: path, offset: 32,
                reason: "the program header table lies outside the file "
                    + "(\(ElfHandle.lastMessage)); it was damaged or not copied completely")
        }
        isFixed = header.e_type == ET_EXEC
        entry = header.e_entry
        try readSegments(programHeaders, bytes, path: path)
        let sections = handle.sectionHeaders()
        sectionStarts = sections.filter { $0.header.sh_flags & UInt64(SHF_ALLOC) != 0 }
            .map(\.header.sh_addr).sorted()
        codeRanges = Self.codeRanges(segments, sections.map(\.header))
        if let table = programHeaders.first(where: { $0.p_type == PT_DYNAMIC }) {
            dynamic = DynamicTable(
                handle.dynamicEntries(at: table.p_offset, count: Int(clamping: table.p_filesz / 16))
            )
        }
        relocations = readRelocations(handle, bytes, sections: sections.map(\.header))
        try Self.check(relocations.count, Self.mostRelocations, "relocations", path: path)
        symbols = SymbolTable(handle, bytes, contents: self, sections: sections.map(\.header))
        try Self.check(symbols.symbols.count, SymbolTable.mostSymbols, "symbols", path: path)
        try Self.check(
            symbols.nameSize, 8 * bytes.byteCount, "bytes of symbol names", path: path)
        frames = readCallFrames(bytes, programHeaders: programHeaders, sections: sections)
        try Self.check(frames.count, Self.mostFrames, "call frames", path: path)
        frames += readGoFunctions(bytes)
        frames.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    // Limits that keep the work on a damaged file in proportion to its size. Each is several
    // times what the largest programs have.
    private static let mostSegments = 64
    /// What a process has for itself; addresses of instructions leave their upper bits to others.
    private static let highestAddress: UInt64 = 1 << 47
    static let mostRelocations = 1 << 21
    static let mostFrames = 1 << 20

    private static func check(
        _ count: Int, _ limit: Int, _ what: String, path: String
    ) throws(ExtractionError) {
        guard count > limit else { return }
        throw ExtractionError(
            code: .corrupt, path: path, offset: 32,
            reason: "it has more than \(limit) \(what), more than any linker makes; "
                + "it was damaged")
    }

    private mutating func readSegments(
        _ headers: [GElf_Phdr], _ bytes: RawSpan, path: String
    ) throws(ExtractionError) {
        for (index, header) in headers.enumerated() {
            let (fileEnd, fileOverflow) = header.p_offset.addingReportingOverflow(header.p_filesz)
            let (end, overflow) = header.p_vaddr.addingReportingOverflow(header.p_memsz)
            switch header.p_type {
            case UInt32(PT_LOAD):
                guard !fileOverflow, !overflow, fileEnd <= UInt64(bytes.byteCount) else {
                    throw ExtractionError(
                        code: .corrupt, path: path, offset: header.p_offset,
                        reason: "segment \(index) reaches behind the end of the file; "
                            + "it was damaged or not copied completely")
                }
                guard end <= Self.highestAddress else {
                    throw ExtractionError(
                        code: .corrupt, path: path, offset: header.p_offset,
                        reason: "segment \(index) lies above all addresses that a program can "
                            + "have; it was damaged")
                }
                segments.append(
                    ElfFile.Segment(
                        addresses: header.p_vaddr..<end, fileOffset: header.p_offset,
                        fileSize: min(header.p_filesz, header.p_memsz),
                        isExecutable: header.p_flags & UInt32(PF_X) != 0,
                        isWritable: header.p_flags & UInt32(PF_W) != 0))
            case UInt32(PT_INTERP):
                interpreter = bytes.string(at: Int(clamping: header.p_offset))
            case UInt32(PT_GNU_STACK):
                stack = header.p_flags & UInt32(PF_X) != 0 ? .executable : .plain
            case UInt32(PT_NOTE):
                isGo = isGo || Self.holdsNote(of: "Go", header, bytes)
            case UInt32(PT_TLS) where !overflow:
                threadLocals = header.p_vaddr..<end
            default: break
            }
        }
        guard segments.count <= Self.mostSegments else {
            throw ExtractionError(
                code: .corrupt, path: path, offset: 32,
                reason: "it has \(segments.count) segments, more than any linker makes; "
                    + "it was damaged")
        }
        let code = segments.filter(\.isExecutable).reduce(0) { $0 &+ $1.fileSize }
        guard code <= UInt64(bytes.byteCount) else {
            throw ExtractionError(
                code: .corrupt, path: path, offset: 32,
                reason: "its executable segments share bytes of the file; it was damaged")
        }
        guard segments.contains(where: \.isExecutable) else {
            throw ExtractionError(
                code: .unsupported, path: path, offset: 32,
                reason: "it has no executable segment; only debug information may be left of it")
        }
    }

    /// Whether a segment of notes (elf(5)) holds one of an owner.
    private static func holdsNote(
        of owner: String, _ header: GElf_Phdr, _ bytes: RawSpan
    ) -> Bool {
        var offset = Int(clamping: header.p_offset)
        let end = min(bytes.byteCount, Int(clamping: header.p_offset &+ header.p_filesz))
        while offset < end, let nameSize: UInt32 = bytes.integer(at: offset),
            let size: UInt32 = bytes.integer(at: offset + 4)
        {
            if bytes.string(at: offset + 12, limit: 16) == owner { return true }
            offset += 12 + (Int(nameSize) + 3) & ~3 + (Int(size) + 3) & ~3
        }
        return false
    }

    /// What the file holds of the executable segments, less those sections in them that hold no instructions: linkers
    /// that make two segments put constants beside the code.
    private static func codeRanges(
        _ segments: [ElfFile.Segment], _ sections: [GElf_Shdr]
    ) -> [Range<UInt64>] {
        let data = sections.filter {
            $0.sh_flags & UInt64(SHF_ALLOC | SHF_EXECINSTR) == UInt64(SHF_ALLOC)
        }
        .compactMap { section -> Range<UInt64>? in
            let (end, overflow) = section.sh_addr.addingReportingOverflow(section.sh_size)
            return overflow || section.sh_size == 0 ? nil : section.sh_addr..<end
        }
        .sorted { $0.lowerBound < $1.lowerBound }
        var ranges: [Range<UInt64>] = []
        let executable = segments.filter(\.isExecutable)
            .sorted { $0.addresses.lowerBound < $1.addresses.lowerBound }
        for segment in executable {
            var start = max(segment.addresses.lowerBound, ranges.last?.upperBound ?? 0)
            let end = segment.addresses.lowerBound + segment.fileSize
            for section in data where section.upperBound > start && section.lowerBound < end {
                if section.lowerBound > start { ranges.append(start..<section.lowerBound) }
                start = max(start, section.upperBound)
            }
            if start < end { ranges.append(start..<end) }
        }
        return ranges
    }
}
