internal import CElf

/// A libelf descriptor over bytes in memory; ended when the value goes.
///
/// Every table is read through libelf's bounds-checked chunks at a file offset, so that files
/// without section headers are read like all others. Valid as long as the bytes are.
@safe struct ElfHandle: ~Copyable {
    private let elf: OpaquePointer
    private let byteCount: Int

    /// libelf refuses all work before its version is asked for; asking twice is harmless, but
    /// writes a global, hence once.
    private static let isReady = elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE)

    /// Nil when libelf takes the bytes for no ELF file.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard Self.isReady, let base = bytes.baseAddress else { return nil }
        // The descriptor is only ever read from, so libelf writes nothing through the pointer.
        let image = unsafe UnsafeMutablePointer(
            mutating: base.assumingMemoryBound(to: CChar.self))
        guard let elf = unsafe elf_memory(image, bytes.count) else { return nil }
        guard unsafe elf_kind(elf) == ELF_K_ELF else {
            unsafe elf_end(elf)
            return nil
        }
        unsafe self.elf = elf
        byteCount = bytes.count
    }

    deinit { unsafe elf_end(elf) }

    /// What libelf says about its last failure on this thread.
    static var lastMessage: String {
        guard let message = unsafe elf_errmsg(-1) else { return "libelf gives no reason" }
        return unsafe String(cString: message)
    }

    func header() -> GElf_Ehdr? {
        var header = GElf_Ehdr()
        return unsafe gelf_getehdr(elf, &header) == nil ? nil : header
    }

    /// Nil when the table lies outside the file.
    func programHeaders() -> [GElf_Phdr]? {
        var count = 0
        guard unsafe elf_getphdrnum(elf, &count) == 0 else { return nil }
        var headers: [GElf_Phdr] = []
        for index in 0..<count {
            var header = GElf_Phdr()
            guard unsafe gelf_getphdr(elf, Int32(index), &header) != nil else { return nil }
            headers.append(header)
        }
        return headers
    }

    /// The section headers with their names; empty when there are none or they are damaged.
    func sectionHeaders() -> [(name: String, header: GElf_Shdr)] {
        var namesIndex = 0
        let hasNames = unsafe elf_getshdrstrndx(elf, &namesIndex) == 0
        var sections: [(name: String, header: GElf_Shdr)] = []
        var section = unsafe elf_nextscn(elf, nil)
        while let current = unsafe section {
            var header = GElf_Shdr()
            if unsafe gelf_getshdr(current, &header) != nil {
                let name =
                    hasNames ? unsafe elf_strptr(elf, namesIndex, Int(header.sh_name)) : nil
                sections.append((unsafe name.map { unsafe String(cString: $0) } ?? "", header))
            }
            unsafe section = unsafe elf_nextscn(elf, current)
        }
        return sections
    }

    /// The rows of a table of entries of one libelf type; those that lie outside the file, and
    /// all behind them, are left out.
    func rows<Row>(
        at offset: UInt64, count: Int, size: Int, type: Elf_Type,
        _ read: (UnsafeMutablePointer<Elf_Data>, Int32) -> Row?
    ) -> [Row] {
        guard count > 0, offset < UInt64(byteCount) else { return [] }
        let count = min(count, (byteCount - Int(offset)) / size, Int(Int32.max))
        guard count > 0,
            let data = unsafe elf_getdata_rawchunk(elf, Int64(offset), count * size, type)
        else { return [] }
        var rows: [Row] = []
        rows.reserveCapacity(count)
        for index in 0..<Int32(count) {
            guard let row = unsafe read(data, index) else { break }
            rows.append(row)
        }
        return rows
    }

    func symbols(at offset: UInt64, count: Int) -> [GElf_Sym] {
        unsafe rows(at: offset, count: count, size: 24, type: ELF_T_SYM) { data, index in
            var row = GElf_Sym()
            return unsafe gelf_getsym(data, index, &row) == nil ? nil : row
        }
    }

    func relocations(at offset: UInt64, count: Int) -> [GElf_Rela] {
        unsafe rows(at: offset, count: count, size: 24, type: ELF_T_RELA) { data, index in
            var row = GElf_Rela()
            return unsafe gelf_getrela(data, index, &row) == nil ? nil : row
        }
    }

    func dynamicEntries(at offset: UInt64, count: Int) -> [GElf_Dyn] {
        unsafe rows(at: offset, count: count, size: 16, type: ELF_T_DYN) { data, index in
            var row = GElf_Dyn()
            return unsafe gelf_getdyn(data, index, &row) == nil ? nil : row
        }
    }
}
