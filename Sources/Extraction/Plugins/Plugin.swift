/// A way in which programs load code that no file names as needed.
///
/// What it adds depends on the configuration of the machine, so each is an assumption that the
/// result states.
protocol Plugin {
    /// As in ``StaticSet/Assumption/name``.
    var name: String { get }

    /// Makes the code live that live code would load; returns what it took for granted, nil when
    /// live code loads nothing this way.
    func extend(_ reachability: inout Reachability) -> String?
}

extension Reachability {
    /// Whether live code refers to a text that begins so.
    func refers(toTextWithPrefix prefix: String) -> Bool {
        strings.values.contains { $0.keys.contains { $0.hasPrefix(prefix) } }
    }

    /// Loads a library that is found by name or path, with its constructors and the exported
    /// functions that pass a test. Returns whether it was loaded now.
    mutating func load(
        _ library: String, requester: Int, label: String, exports isWanted: (String) -> Bool
    ) -> Bool {
        guard let index = program.load(library, requester: requester) else { return false }
        addLibraryRoots(from: index, label: label, exports: isWanted)
        return true
    }

    /// The module that exports a function, the program itself when none does.
    func module(exporting name: String) -> Int {
        program.lookUp(name, scope: program.modules.indices)?.module ?? 0
    }
}
