/// How a summary stands in a cache entry: one line for each field, in the same order both ways.
extension Summary {
    /// To be raised whenever ``init(of:)`` finds other things in the same file than before, or
    /// the lists below change. A test holds the encoding of a known file against it.
    static let version: UInt32 = 9

    func write(to entry: inout EntryWriter) {
        entry.append(functions)
        entry.append(references)
        entry.append(sites)
        entry.append(objectStarts)
        entry.append(sideEntries)
        entry.append(callConstants)
        entry.append(endings)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        functions = try entry.rows()
        references = try entry.rows()
        sites = try entry.rows()
        objectStarts = try entry.words()
        sideEntries = try entry.words()
        callConstants = try entry.rows()
        endings = try entry.words()
        noteNesting()
    }
}

extension Summary.Function: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(start)
        entry.append(end)
        entry.append(UInt32(references.lowerBound))
        entry.append(UInt32(references.upperBound))
        entry.append(UInt32(sites.lowerBound))
        entry.append(UInt32(sites.upperBound))
        entry.append(UInt8(returns ? 1 : 0))
        entry.append(deciding)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        start = try entry.integer()
        end = try entry.integer()
        references = try Self.range(&entry)
        sites = try Self.range(&entry)
        returns = try entry.integer(UInt8.self) != 0
        deciding = try entry.integer()
    }

    private static func range(_ entry: inout EntryReader) throws(EntryReader.Damage) -> Range<Int> {
        let start = Int(try entry.integer(UInt32.self))
        let end = Int(try entry.integer(UInt32.self))
        guard start <= end else { throw EntryReader.Damage() }
        return start..<end
    }
}

extension Summary.CallConstant: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(address)
        entry.append(argument)
        entry.append(value)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        let address = try entry.integer(UInt64.self)
        let argument = try entry.integer(UInt8.self)
        guard Int(argument) < Register.arguments.count else { throw EntryReader.Damage() }
        self.init(address: address, argument: argument, value: try entry.integer())
    }
}

extension Summary.Reference: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(kind.rawValue)
        entry.append(size)
        entry.append(address)
        entry.append(target)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        guard let kind = Kind(rawValue: try entry.integer()) else { throw EntryReader.Damage() }
        let size = try entry.integer(UInt8.self)
        let address = try entry.integer(UInt64.self)
        self.init(kind: kind, size: size, address: address, target: try entry.integer())
    }
}

extension Summary.Site: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(kind.rawValue)
        entry.append(address)
        number.write(to: &entry)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        guard let kind = Kind(rawValue: try entry.integer()) else { throw EntryReader.Damage() }
        self.kind = kind
        address = try entry.integer()
        number = try AbstractValue(from: &entry)
    }
}

extension AbstractValue: StoredRow {
    /// A digit for the case, then what it holds.
    func write(to entry: inout EntryWriter) {
        switch self {
        case .unknown: entry.append(UInt8(0))
        case .constant, .oneOf:
            entry.append(UInt8(1))
            entry.append(numbers ?? [])
        case .parameter(.register(let index)):
            entry.append(UInt8(2))
            entry.append(Int64(index))
        case .parameter(.stack(let distance)):
            entry.append(UInt8(3))
            entry.append(distance)
        case .parameter(.pointee(let index, let distance)):
            entry.append(UInt8(4))
            entry.append(Int64(index))
            entry.append(distance)
        case .stack(let distance):
            entry.append(UInt8(5))
            entry.append(distance)
        case .pointee(let pointer, let distance):
            entry.append(UInt8(6))
            pointer.write(to: &entry)
            entry.append(distance)
        }
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        switch try entry.integer(UInt8.self) {
        case 0: self = .unknown
        case 1: self = .constants(try entry.words())
        case 2: self = .parameter(.register(Int(try entry.integer(Int64.self))))
        case 3: self = .parameter(.stack(try entry.integer()))
        case 4:
            let index = Int(try entry.integer(Int64.self))
            self = .parameter(.pointee(index, try entry.integer()))
        case 5: self = .stack(try entry.integer())
        case 6:
            let pointer = try AbstractValue(from: &entry)
            self = .pointee(pointer, try entry.integer())
        default: throw EntryReader.Damage()
        }
    }
}
