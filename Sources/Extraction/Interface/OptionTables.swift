/// Finds the option tables of getopt_long(3) and of argp among a program's data.
enum OptionTables {
    /// Rows of one table beyond are not read.
    private static let longestTable = 1_024
    /// Rows of all tables together beyond are not read.
    private static let mostRows = 4_096

    static func read(
        from file: ElfFile, _ pointers: DataPointers
    ) -> [ProgramInterface.LongOption] {
        let hasParser = Self.hasParser(file)
        var rows: [ProgramInterface.LongOption] = []
        var index = 0
        while index < pointers.addresses.count, rows.count < mostRows {
            let address = pointers.addresses[index]
            let table = plainTable(at: address, file, pointers)
            let found = table.rows.isEmpty ? argumentTable(at: address, file, pointers) : table
            if hasParser || isPlausible(found.rows) { rows += found.rows }
            index = found.rows.isEmpty ? index + 1 : pointers.index(from: found.end)
        }
        return rows
    }

    /// Whether the file asks others for a function that reads such tables.
    private static func hasParser(_ file: ElfFile) -> Bool {
        let names = [
            "getopt_long", "getopt_long_only", "argp_parse", "argp_help", "argp_state_help",
        ]
        return file.contents.symbols.symbols.contains { !$0.isDefined && names.contains($0.name) }
    }

    /// Whether rows look like options of a program that reads them itself: several, each another,
    /// spelt as options are, and some with an argument. Tables of names of anything else have zeros
    /// where options have rules.
    private static func isPlausible(_ rows: [ProgramInterface.LongOption]) -> Bool {
        rows.count >= 4 && Set(rows.map(\.name)).count == rows.count
            && rows.contains { $0.hasArgument != 0 }
            && rows.count(where: { $0.value != 0 }) * 2 >= rows.count
            && rows.allSatisfy { row in
                row.name.count > 1 && row.name[0] != UInt8(ascii: "_")
                    && row.name.allSatisfy {
                        (0x61...0x7a).contains($0) || (0x30...0x39).contains($0)
                            || "-_".utf8.contains($0)
                    }
            }
    }

    private typealias Table = (rows: [ProgramInterface.LongOption], end: UInt64)

    /// Rows of 32 bytes: name, int has_arg, int *flag, int val; the last is all zero.
    private static func plainTable(
        at start: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Table {
        var rows: [ProgramInterface.LongOption] = []
        var address = start
        while rows.count < longestTable {
            guard let name = pointers.target(at: address) else {
                return isZero(address, words: 4, file, pointers) ? (rows, address) : ([], start)
            }
            guard let hasArgument = number(at: address &+ 8, file, pointers),
                (0...2).contains(hasArgument),
                isFlag(at: address &+ 16, file, pointers),
                let value = number(at: address &+ 24, file, pointers),
                let text = optionName(at: name, file)
            else { return ([], start) }
            rows.append(.init(name: text, hasArgument: hasArgument, value: value))
            address &+= 32
        }
        return ([], start)
    }

    /// Rows of 48 bytes: name, int key, argument, int flags, text, int group; the last is all
    /// zero. Rows without a name are titles, or short options.
    private static func argumentTable(
        at start: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Table {
        var rows: [ProgramInterface.LongOption] = []
        var address = start
        for _ in 0..<longestTable {
            if isZero(address, words: 6, file, pointers) {
                // One row could be anything.
                return rows.count > 1 ? (rows, address) : ([], start)
            }
            guard let key = number(at: address &+ 8, file, pointers),
                isText(at: address &+ 16, file, pointers),
                let flags = number(at: address &+ 24, file, pointers), (0...0x1f).contains(flags),
                isText(at: address &+ 32, file, pointers),
                number(at: address &+ 40, file, pointers) != nil
            else { return ([], start) }
            if let name = pointers.target(at: address) {
                guard let text = optionName(at: name, file) else { return ([], start) }
                let argument = pointers.target(at: address &+ 16)
                rows.append(
                    .init(
                        name: text, hasArgument: argument == nil ? 0 : flags & 1 != 0 ? 2 : 1,
                        value: key,
                        argumentName: argument.flatMap { bytes(at: $0, limit: 32, file) } ?? []))
            } else if file.word(at: address) != 0 {
                return ([], start)
            }
            address &+= 48
        }
        return ([], start)
    }

    /// An int and the padding behind it, which is zero in data that a compiler made. What is to be
    /// relocated is no number, whatever the file has there.
    private static func number(
        at address: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Int32? {
        if !file.contents.isFixed, pointers.target(at: address) != nil { return nil }
        guard let word = file.word(at: address), word >> 32 == 0 else { return nil }
        return Int32(truncatingIfNeeded: word)
    }

    /// Nothing, or the address of something that can be written.
    private static func isFlag(
        at address: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Bool {
        guard let target = pointers.target(at: address) else { return file.word(at: address) == 0 }
        return file.contents.segments.contains { $0.isWritable && $0.addresses.contains(target) }
    }

    /// Nothing, or the address of something in the file.
    private static func isText(
        at address: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Bool {
        guard let target = pointers.target(at: address) else { return file.word(at: address) == 0 }
        return file.fileOffset(of: target) != nil
    }

    private static func isZero(
        _ address: UInt64, words: UInt64, _ file: ElfFile, _ pointers: DataPointers
    ) -> Bool {
        (0..<words).allSatisfy {
            pointers.target(at: address &+ $0 * 8) == nil && file.word(at: address &+ $0 * 8) == 0
        }
    }

    /// A name as long options have: one to 48 letters, digits and signs that need no quotes. One
    /// that begins with a dash is for the program's own tests, and is an option all the same.
    private static func optionName(at address: UInt64, _ file: ElfFile) -> [UInt8]? {
        guard let name = bytes(at: address, limit: 48, file) else { return nil }
        let isName = name.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "-_.+?@:".utf8.contains(byte)
            }
        }
        return isName ? name : nil
    }

    private static func bytes(at address: UInt64, limit: Int, _ file: ElfFile) -> [UInt8]? {
        file.printableBytes(at: address, limit: limit)
    }
}

extension ElfFile {
    /// The printable bytes up to the next zero byte, at least one and at most `limit`; nil where
    /// there is anything else.
    func printableBytes(at address: UInt64, limit: Int) -> [UInt8]? {
        guard let offset = fileOffset(of: address) else { return nil }
        return withBytes { bytes in
            var text: [UInt8] = []
            for index in 0...UInt64(limit) {
                guard let byte: UInt8 = bytes.integer(at: offset &+ index) else { return nil }
                if byte == 0 { return text.isEmpty ? nil : text }
                guard (0x20...0x7e).contains(byte) else { return nil }
                text.append(byte)
            }
            return nil
        }
    }
}
