internal import Platform

/// What a command line means to run: the program is what the interpreter runs.
struct ResolvedCommand: Sendable {
    /// The file to execute: a script only where the kernel finds its interpreter as well.
    var program: String
    /// The words behind it that name what is run; they stay as they are.
    var prefix: [String] = []
    var arguments: [String] = []
    /// Where the text of what is run is known to be, on this machine.
    var script: String?
    /// Set for it, later ones over earlier ones.
    var variables: [(name: String, value: String)] = []

    /// What a script of a shell does nothing but run, such as a shim of pyenv; nil for one that does
    /// something itself.
    typealias Lead = (_ script: String) throws -> Destination?

    struct Destination: Hashable, Sendable {
        var program: String
        /// What it is given before the script's own arguments.
        var prefix: [String]
    }

    /// How many interpreters of interpreters are followed.
    private static let depth = 5

    /// - Parameter isShown: whether a word names a file of the folder that the target starts in.
    /// - Parameter lead: asked for scripts of shells that are found along `PATH`.
    init(_ words: [String], isShown: @escaping (String) -> Bool, lead: Lead) throws {
        var words = words
        while let first = words.first, let path = try? Executable.findAbsolute(first),
            Self.isEnvironment(path), let command = EnvironmentCommand(Array(words.dropFirst()))
        {
            variables += command.variables
            words = command.words
        }
        let typed = words.first ?? ""
        program = try Executable.findAbsolute(typed)
        let path = program
        try follow(path, as: typed, isShown, lead, depth: Self.depth)
        arguments = Array(words.dropFirst())
        let runtime = Runtime(named: script ?? program) ?? Runtime(named: typed)
        if let count = runtime?.wordsNaming(arguments) {
            prefix += arguments.prefix(count)
            arguments.removeFirst(count)
        }
    }

    private mutating func follow(
        _ path: String, as name: String, _ isShown: (String) -> Bool, _ lead: Lead, depth: Int
    ) throws {
        program = path
        guard depth > 0, let line = ProgramFile.scriptLine(of: path) else { return }
        // Of the interpreter alone nobody would know why it is asked for.
        if let obstacle = ProgramFile.obstacle(at: path) {
            throw TargetError("cannot trace \(path), \(obstacle)")
        }
        var (interpreter, options) = (line.interpreter, line.option.map { [$0] } ?? [])
        let isNamed = Self.isEnvironment(interpreter)
        if isNamed {
            guard let command = EnvironmentCommand(options), let name = command.words.first else {
                script = script ?? path
                return
            }
            guard let found = try? Executable.findAbsolute(name) else {
                throw TargetError(
                    "cannot trace \(path), which is a script for \(name), and no program of that "
                        + "name is along PATH; install it, or add its folder to PATH")
            }
            (interpreter, options) = (found, Array(command.words.dropFirst()))
        }
        if !isShown(name), Self.isShell(interpreter), Self.isAlongPath(path),
            let end = try lead(path)
        {
            program = end.program
            prefix = end.prefix + prefix
            return
        }
        script = script ?? path
        guard isNamed || isShown(name) else { return }
        prefix = options + [isShown(name) ? name : path] + prefix
        try follow(interpreter, as: interpreter, { _ in false }, lead, depth: depth - 1)
    }

    static func isEnvironment(_ path: String) -> Bool {
        ["/usr/bin/env", "/bin/env", "/usr/local/bin/env"].contains(path)
    }

    private static func isAlongPath(_ path: String) -> Bool {
        let folders = (Environment["PATH"] ?? "").split(separator: ":")
        return folders.contains {
            path.hasPrefix($0 + "/") && !path.dropFirst($0.count + 1).contains("/")
        }
    }

    private static func isShell(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return ["sh", "dash", "bash", "ash", "ksh", "mksh", "zsh"].contains(name)
    }
}

extension ResolvedCommand {
    /// The file whose text is what the words name: a file itself, a module, a class; looked for in
    /// the folder, and in those that the words name.
    static func script(namedBy prefix: [String], in folder: String) -> String? {
        let folders = [folder] + prefix.map { absolute($0, in: folder) }
        for word in prefix.reversed() where !word.hasPrefix("-") && !word.isEmpty {
            let module = word.split(separator: ":").first.map(String.init) ?? word
            let stem = module.split(separator: ".").joined(separator: "/")
            let names =
                [word] + [".py", "/__main__.py", "/__init__.py", ".class"].map { stem + $0 }
            for name in names {
                for folder in name.hasPrefix("/") ? [""] : folders {
                    if let path = SmallFile.resolve(absolute(name, in: folder)),
                        FileKind(of: path) == .regular
                    {
                        return path
                    }
                }
            }
        }
        return nil
    }

    static func absolute(_ name: String, in folder: String) -> String {
        name.hasPrefix("/") ? name : folder + "/" + name
    }
}
