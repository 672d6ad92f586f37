internal import CElf

/// The dynamic section: tag and value pairs in file order.
struct DynamicTable: Sendable {
    private var entries: [(tag: Int64, value: UInt64)] = []

    init() {}

    init(_ rows: [GElf_Dyn]) {
        entries = rows.prefix { $0.d_tag != Int64(DT_NULL) }
            .map { unsafe ($0.d_tag, $0.d_un.d_val) }
    }

    var isEmpty: Bool { entries.isEmpty }

    subscript(_ tag: Int32) -> UInt64? { entries.first { $0.tag == Int64(tag) }?.value }

    func all(_ tag: Int32) -> [UInt64] { entries.filter { $0.tag == Int64(tag) }.map(\.value) }
}

/// Where the loader finds functions to call and libraries to load.
extension ElfFile {
    private func dynamicString(_ offset: UInt64) -> String? {
        guard let table = contents.dynamic[DT_STRTAB] else { return nil }
        let (address, overflow) = table.addingReportingOverflow(offset)
        return overflow ? nil : string(at: address, limit: 4096)
    }

    private func dynamicString(tag: Int32) -> String? {
        contents.dynamic[tag].flatMap { dynamicString($0) }
    }

    /// Names of the libraries that it needs, in order.
    var neededLibraries: [String] {
        contents.dynamic.all(DT_NEEDED).compactMap { dynamicString($0) }
    }

    var sharedObjectName: String? { dynamicString(tag: DT_SONAME) }

    /// The search path for this file's own libraries only.
    var runPath: [String] { Self.folders(dynamicString(tag: DT_RUNPATH)) }

    /// The older search path, which holds for the libraries of its libraries too.
    var inheritedRunPath: [String] {
        contents.dynamic[DT_RUNPATH] == nil ? Self.folders(dynamicString(tag: DT_RPATH)) : []
    }

    private static func folders(_ list: String?) -> [String] {
        (list ?? "").split(separator: ":").map(String.init)
    }

    /// Whether imports are bound when they are first called, by code of the loader.
    var bindsLazily: Bool {
        let dynamic = contents.dynamic
        return dynamic[DT_BIND_NOW] == nil
            && (dynamic[DT_FLAGS] ?? 0) & UInt64(DF_BIND_NOW) == 0
            && (dynamic[DT_FLAGS_1] ?? 0) & UInt64(DF_1_NOW) == 0
            && (dynamic[DT_PLTRELSZ] ?? 0) > 0
    }

    /// The words of the arrays of start-up functions, and the function that is none's element.
    var constructors: (arrays: [Range<UInt64>], function: UInt64?) {
        (
            array(DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ) + array(DT_INIT_ARRAY, DT_INIT_ARRAYSZ),
            contents.dynamic[DT_INIT]
        )
    }

    /// The same for the functions that run at exit or when the library is closed.
    var destructors: (arrays: [Range<UInt64>], function: UInt64?) {
        (array(DT_FINI_ARRAY, DT_FINI_ARRAYSZ), contents.dynamic[DT_FINI])
    }

    private func array(_ start: Int32, _ size: Int32) -> [Range<UInt64>] {
        guard let start = contents.dynamic[start], let size = contents.dynamic[size] else {
            return []
        }
        let (end, overflow) = start.addingReportingOverflow(size)
        return overflow || size == 0 ? [] : [start..<end]
    }
}
