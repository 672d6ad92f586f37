internal import Syscalls

/// The live calls that run another program.
struct ProgramCalls {
    /// How a function takes what it runs.
    private enum Form {
        case path
        /// A name without a slash is looked up along `PATH`.
        case name
        /// A line for the shell.
        case command
        /// An open file.
        case descriptor
    }

    private struct Starter {
        let name: String
        let argument: Int
        let form: Form

        init(_ name: String, _ argument: Int, _ form: Form) {
            self.name = name
            self.argument = argument
            self.form = form
        }
    }

    private static let starters = [
        Starter("execve", 0, .path), Starter("execv", 0, .path), Starter("execl", 0, .path),
        Starter("execle", 0, .path), Starter("execveat", 1, .path),
        Starter("posix_spawn", 1, .path), Starter("execvp", 0, .name),
        Starter("execvpe", 0, .name), Starter("execlp", 0, .name),
        Starter("posix_spawnp", 1, .name), Starter("system", 0, .command),
        Starter("popen", 0, .command), Starter("wordexp", 0, .command),
        Starter("fexecve", 0, .descriptor),
    ]

    /// Names and paths of programs, with the calls that run them.
    private(set) var sites: [String: Set<CallSite>] = [:]
    /// Calls whose program is not known.
    private(set) var unresolved: [StaticSet.Unresolved] = []
    private let reachability: Reachability
    private var walk: ArgumentWalk

    init(_ reachability: Reachability, _ numbers: NumberResolution) {
        self.reachability = reachability
        walk = ArgumentWalk(reachability)
        var isFound = false
        for starter in Self.starters {
            let edges = reachability.edges(toExport: starter.name)
            isFound = isFound || !edges.isEmpty
            for outcome in walk.outcomes(of: .register(starter.argument), at: edges) {
                note(outcome, starter)
            }
            reportPointers(to: starter.name)
        }
        if !isFound { followInstructions(numbers) }
    }

    /// Reports a function whose address live code holds.
    private mutating func reportPointers(to name: String) {
        // The library's own code for posix_spawn holds one.
        let spawns = ["posix_spawn", "posix_spawnp"].contains { reachability.isLive(function: $0) }
        guard name != "execve" || !spawns else { return }
        for node in reachability.nodes(exporting: name)
        where reachability.visits[node]?.isAddressTaken == true {
            let module = reachability.program.modules[node.module]
            let start = module.summary.functions[node.index].start
            unresolved.append(
                StaticSet.Unresolved(
                    kind: "execve",
                    site: CallSite(
                        module: module.file.path,
                        offset: module.file.fileOffset(of: start) ?? start),
                    detail: "\(name) may be called through a pointer"))
        }
    }

    private func site(_ edge: Reachability.Edge) -> CallSite {
        let file = reachability.program.modules[edge.caller.module].file
        return CallSite(
            module: file.path, offset: file.fileOffset(of: edge.address) ?? edge.address)
    }

    private mutating func note(_ outcome: ArgumentWalk.Outcome, _ starter: Starter) {
        let place = site(outcome.edge)
        // The functions only ask whether there is a shell, or fail.
        if outcome.values == [0], starter.form != .descriptor { return }
        if starter.form == .command { sites[ShellCommand.shell, default: []].insert(place) }
        let texts = starter.form == .descriptor ? nil : outcome.texts(reachability.program)
        guard let texts else {
            let what =
                outcome.isOpen ? "a name that its callers pass" : "a name that is not constant"
            report("\(starter.name) of \(what)", place)
            return
        }
        for text in texts {
            switch starter.form {
            case .path, .name:
                let isRelative = text.contains("/") && !text.hasPrefix("/")
                let needsPath = starter.form == .path && !text.contains("/")
                if text.isEmpty || isRelative || needsPath {
                    report("\(starter.name) of \"\(text)\", which is relative", place)
                } else {
                    sites[text, default: []].insert(place)
                }
            case .command:
                switch ShellCommand(text).program {
                case .some(let program): sites[program, default: []].insert(place)
                case nil: report("\(starter.name) of \"\(text)\", more than one command", place)
                }
            case .descriptor: break
            }
        }
    }

    private mutating func report(_ detail: String, _ place: CallSite) {
        unresolved.append(StaticSet.Unresolved(kind: "execve", site: place, detail: detail))
    }

    // MARK: Programs without the library's functions

    /// Looks at the instructions themselves: a static program has no imports to go by.
    private mutating func followInstructions(_ numbers: NumberResolution) {
        for (number, argument) in [(SyscallNumber.execve, 0), (.execveat, 1)] {
            guard let evidence = numbers.numbers[number.rawValue] else { continue }
            var isResolved = false
            for node in reachability.order {
                let module = reachability.program.modules[node.module]
                let range = module.summary.functions[node.index].sites
                for site in module.summary.sites[range] where site.kind == .syscall {
                    guard let values = site.number.numbers,
                        values.contains(UInt64(number.rawValue))
                    else { continue }
                    let edge = Reachability.Edge(
                        caller: node, address: site.address, isCall: false)
                    let starter = Starter(number.name, argument, .path)
                    for outcome in walk.outcomes(of: .register(argument), at: [edge])
                    where outcome.texts(reachability.program) != nil {
                        note(outcome, starter)
                        isResolved = true
                    }
                }
            }
            if !isResolved, let place = evidence.sites.min() {
                let way = reachability.chain(evidence.path).map(\.function)
                report("reached by " + way.joined(separator: " → "), place)
            }
        }
    }
}

/// A line that a program hands to the shell.
struct ShellCommand {
    static let shell = "/bin/sh"

    /// The one program that the line starts; an empty line and one of the shell's own commands
    /// start the shell only. Nil when the line may start several.
    let program: String?

    private static let ownCommands: Set<String> = [
        ":", ".", "alias", "bg", "break", "cd", "command", "continue", "echo", "eval", "exit",
        "export", "false", "fg", "getopts", "hash", "jobs", "kill", "printf", "pwd", "read",
        "readonly", "return", "set", "shift", "test", "times", "trap", "true", "type", "ulimit",
        "umask", "unalias", "unset", "wait", "[",
    ]
    /// Words that begin longer commands, and commands that take others.
    private static let compound: Set<String> = [
        "!", "{", "case", "command", "eval", "for", "function", "if", "select", "time", "until",
        "while", ".",
    ]

    init(_ line: String) {
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.first == "exec" { words.removeFirst() }
        let startsMore = line.contains { ";|&`\n".contains($0) } || line.contains("$(")
        guard !startsMore, !Self.compound.contains(words.first ?? "") else {
            program = nil
            return
        }
        guard let word = words.first, !Self.ownCommands.contains(word) else {
            program = Self.shell
            return
        }
        let isPlain = word.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return character.isLetter || character.isNumber || "_/.+-".contains(character)
        }
        let isRelative = word.contains("/") && !word.hasPrefix("/")
        program = isPlain && !isRelative ? word : nil
    }
}
