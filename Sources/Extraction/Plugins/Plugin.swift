/// A way in which programs load code that no file names as needed.
///
/// What it adds depends on the configuration of the machine, so each is an assumption that the
/// result states.
protocol Plugin {
    /// As in ``StaticSet/Assumption/name``.
    var name: String { get }

    /// Whether what it adds depends on nothing but whether live code loads anything this way, so
    /// that doing it again adds nothing.
    var addsOnce: Bool { get }

    /// Makes the code live that live code would load; returns what it took for granted, nil when
    /// live code loads nothing this way.
    func extend(_ reachability: inout Reachability) -> String?
}

extension Plugin {
    var addsOnce: Bool { false }
}

extension Reachability {
    /// Whether live code refers to a text that begins so.
    func refers(toTextWithPrefix prefix: String) -> Bool {
        strings.values.contains { $0.keys.contains { $0.hasPrefix(prefix) } }
    }

    /// Loads a library that is found by name or path, with its constructors and those exported
    /// functions that pass a test; all, when none does.
    ///
    /// A library that was loaded before gets the functions that pass the test now. Returns whether
    /// the library is there.
    mutating func load(
        _ library: String, requester: Int, label: String, exports isWanted: (String) -> Bool
    ) -> Bool {
        if let index = program.load(library, requester: requester) {
            addLoadingRoots(from: index, label: label)
        }
        guard let index = program.lateLibrary(named: library) else { return false }
        let table = program.modules[index].file.contents.symbols
        let exported = table.symbols.indices.filter {
            table.symbols[$0].isDefined && table.symbols[$0].isExported
        }
        let wanted = exported.filter { isWanted(table.symbols[$0].name) }
        for symbol in wanted.isEmpty ? exported : wanted {
            add(.symbol(Program.Definition(module: index, symbol: symbol)), label: label)
        }
        return true
    }

    /// The module that exports a function, the program itself when none does.
    func module(exporting name: String) -> Int {
        program.lookUp(name, scope: program.modules.indices)?.module ?? 0
    }
}
