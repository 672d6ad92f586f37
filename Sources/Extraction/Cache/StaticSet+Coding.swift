internal import Syscalls

/// How a set stands in a cache entry: one line for each field, in the same order both ways.
extension StaticSet: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(binary)
        entry.append(convention.rawValue)
        entry.append(entries)
        entry.append(modules)
        entry.append(unresolved)
        entry.append(assumptions)
        entry.append(programs)
        entry.append(inputs)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            binary: try entry.text(), convention: try entry.case(), entries: try entry.rows(),
            modules: try entry.rows(), unresolved: try entry.rows(),
            assumptions: try entry.rows(), programs: try entry.rows(), inputs: try entry.rows())
    }
}

extension StaticSet.Entry: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(number.rawValue)
        entry.append(sites)
        entry.append(chain)
        entry.append(gates)
        distance.write(to: &entry)
        approach.write(to: &entry)
        entry.append(UInt8(ways == nil ? 0 : 1))
        entry.append(ways ?? [])
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        let number = SyscallNumber(rawValue: try entry.integer())
        let sites: [CallSite] = try entry.rows()
        let chain: [StaticSet.Step] = try entry.rows()
        let gates: [String] = try entry.rows()
        let distance = try Int?(from: &entry)
        let approach = try StaticSet.Approach?(from: &entry)
        let hasWays = try entry.integer(UInt8.self) != 0
        let ways: [StaticSet.Way] = try entry.rows()
        self.init(
            number: number, sites: sites, chain: chain, gates: gates, distance: distance,
            approach: approach, ways: hasWays ? ways : nil)
    }
}

extension StaticSet.Approach: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(steps)
        site.write(to: &entry)
        entry.append(guards)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            steps: try entry.rows(), site: try CallSite(from: &entry), guards: try entry.rows())
    }
}

extension StaticSet.Guard: StoredRow {
    func write(to entry: inout EntryWriter) {
        site.write(to: &entry)
        comparison.write(to: &entry)
        entry.append(jump)
        entry.append(UInt8(isTaken ? 1 : 0))
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            site: try CallSite(from: &entry), comparison: try String?(from: &entry),
            jump: try entry.text(), isTaken: try entry.integer(UInt8.self) != 0)
    }
}

extension StaticSet.Way: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(stage.rawValue)
        entry.append(chain)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(stage: try entry.case(), chain: try entry.rows())
    }
}

extension StaticSet.Step: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(module)
        entry.append(function)
        entry.append(link.rawValue)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(module: try entry.text(), function: try entry.text(), link: try entry.case())
    }
}

extension StaticSet.Assumption: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(name)
        entry.append(detail)
        added.write(to: &entry)
        removed.write(to: &entry)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            name: try entry.text(), detail: try entry.text(),
            added: try SyscallSet(from: &entry), removed: try SyscallSet(from: &entry))
    }
}

extension StaticSet.Unresolved: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(kind)
        site.write(to: &entry)
        entry.append(detail)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            kind: try entry.text(), site: try CallSite(from: &entry), detail: try entry.text())
    }
}

extension StaticSet.ProgramRun: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(name)
        path.write(to: &entry)
        interpreter.write(to: &entry)
        entry.append(parent)
        depth.write(to: &entry)
        entry.append(sites)
        syscalls.write(to: &entry)
        reason.write(to: &entry)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(
            name: try entry.text(), path: try String?(from: &entry),
            interpreter: try String?(from: &entry), parent: try entry.text(),
            depth: try Int(from: &entry), sites: try entry.rows(),
            syscalls: try SyscallSet(from: &entry), reason: try String?(from: &entry))
    }
}

extension StaticSet.Input: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(path)
        hash.write(to: &entry)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(path: try entry.text(), hash: try String?(from: &entry))
    }
}

// MARK: - Parts

extension CallSite: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(module)
        entry.append(offset)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(module: try entry.text(), offset: try entry.integer())
    }
}

extension SyscallSet: StoredRow {
    func write(to entry: inout EntryWriter) { entry.append(map { UInt64($0.rawValue) }) }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self.init(try entry.words().map { SyscallNumber(rawValue: UInt32(truncatingIfNeeded: $0)) })
    }
}

extension String: StoredRow {
    func write(to entry: inout EntryWriter) { entry.append(self) }
    init(from entry: inout EntryReader) throws(EntryReader.Damage) { self = try entry.text() }
}

extension Int: StoredRow {
    func write(to entry: inout EntryWriter) { entry.append(Int64(self)) }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self = Int(try entry.integer(Int64.self))
    }
}

extension Optional: StoredRow where Wrapped: StoredRow {
    func write(to entry: inout EntryWriter) {
        entry.append(UInt8(self == nil ? 0 : 1))
        self?.write(to: &entry)
    }

    init(from entry: inout EntryReader) throws(EntryReader.Damage) {
        self = try entry.integer(UInt8.self) == 0 ? nil : try Wrapped(from: &entry)
    }
}

extension EntryReader {
    /// A value that is written as its name.
    fileprivate mutating func `case`<Value: RawRepresentable<String>>() throws(Damage) -> Value {
        guard let value = Value(rawValue: try text()) else { throw Damage() }
        return value
    }
}
