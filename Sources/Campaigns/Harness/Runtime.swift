/// A program that runs another: how its command line names that one.
///
/// What the user means to run is the application, so the words up to its name stay as they are, and
/// options are looked for behind them.
struct Runtime: Sendable {
    /// Words of its own with a value in the next one.
    var valued: Set<String> = []
    /// Words behind which the application's name, or its text, follows in the next one.
    var naming: Set<String> = []
    /// Words that it is told what to do by, before everything else, such as `run`.
    var verbs: Set<String> = []
    /// Words that come in one with others, such as `-we` of `perl -we TEXT`: the last letter counts.
    var joinsLetters = false
    /// Whether the first word that is no option names the application.
    var takesOperand = true
    /// Whether an application is named as `module:object`, wherever that stands.
    var namesObject = false
    /// Words by which it becomes a server whose whole command line is fixed.
    var serving: Set<String> = []

    /// How many of the words name the application; nil where none do.
    func wordsNaming(_ words: [String]) -> Int? {
        if words.contains(where: serving.contains) { return words.count }
        if namesObject { return words.firstIndex(where: Self.isObject).map { $0 + 1 } }
        var index = 0
        while index < words.count {
            let word = words[index]
            if naming.contains(word) || (joinsLetters && endsWithNaming(word)) {
                return min(index + 2, words.count)
            }
            if word == "--" { return min(index + 2, words.count) }
            if word.hasPrefix("-"), word != "-" {
                // A value may also be joined to its option.
                index += valued.contains(word) ? 2 : 1
                continue
            }
            if verbs.contains(word) {
                index += 1
                continue
            }
            return takesOperand ? index + 1 : nil
        }
        return nil
    }

    /// Such as `package.module:application`.
    private static func isObject(_ word: String) -> Bool {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                part.first.map { $0.isLetter || $0 == "_" } == true
                    && part.allSatisfy {
                        $0.isLetter || $0.isNumber || "._()".contains($0)
                    }
            }
    }

    private func endsWithNaming(_ word: String) -> Bool {
        guard word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 2, let last = word.last
        else {
            return false
        }
        // Letters alone: `-Mstrict` has a value, and is no such word.
        return naming.contains("-\(last)")
            && word.dropFirst().allSatisfy { $0.isLowercase || $0.isNumber }
    }
}

extension Runtime {
    /// The runtime of a program's name; versions behind a name do not count, as in `python3.11`.
    init?(named path: String) {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.hasSuffix(".exe") ? String(file.dropLast(4)) : file
        let stem = String(name.prefix { !$0.isNumber })
            .trimmingSuffix(while: { $0 == "-" || $0 == "." })
        guard let runtime = Self.known[name] ?? Self.known[stem] else { return nil }
        self = runtime
    }

    private static let shell = Runtime(
        valued: ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"], naming: ["-c"],
        joinsLetters: true)
    private static let python = Runtime(
        valued: ["-W", "-X", "--check-hash-based-pycs"], naming: ["-m", "-c"], joinsLetters: true)
    private static let node = Runtime(
        valued: ["-r", "--require", "--import", "--loader", "-C", "--conditions"],
        naming: ["-e", "--eval", "-p", "--print"])
    private static let plain = Runtime()

    private static let known: [String: Runtime] = [
        "sh": shell, "bash": shell, "dash": shell, "ash": shell, "ksh": shell, "mksh": shell,
        "zsh": shell,
        "python": python, "pypy": python,
        "perl": Runtime(valued: ["-I"], naming: ["-e", "-E"], joinsLetters: true),
        "ruby": Runtime(valued: ["-I", "-r", "-C", "-E"], naming: ["-e"], joinsLetters: true),
        "jruby": Runtime(valued: ["-I", "-r", "-C", "-E"], naming: ["-e"]),
        "node": node, "nodejs": node,
        "bun": Runtime(verbs: ["run"]),
        "deno": Runtime(valued: ["-c", "--config", "--import-map"], verbs: ["run"]),
        "java": Runtime(
            valued: [
                "-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules",
                "--add-opens", "--add-exports", "--add-reads", "--patch-module", "--limit-modules",
            ], naming: ["-jar", "-m", "--module"]),
        "php": Runtime(
            valued: ["-d", "-c", "-t", "-z"], naming: ["-f", "-r", "-F"], serving: ["-S"]),
        "lua": Runtime(valued: ["-e", "-l"]), "luajit": Runtime(valued: ["-e", "-l"]),
        "tclsh": plain, "wish": plain, "expect": Runtime(valued: ["-c", "-f"]),
        "Rscript": Runtime(valued: ["-e"]), "julia": Runtime(naming: ["-e", "-E"]),
        "guile": Runtime(valued: ["-L", "-l"], naming: ["-s", "-c"]),
        "racket": plain, "ocaml": Runtime(valued: ["-I"]), "elixir": Runtime(naming: ["-e"]),
        "gunicorn": Runtime(namesObject: true), "uvicorn": Runtime(namesObject: true),
        "hypercorn": Runtime(namesObject: true), "daphne": Runtime(namesObject: true),
        "granian": Runtime(namesObject: true), "waitress-serve": Runtime(namesObject: true),
        "flask": Runtime(takesOperand: false, serving: ["run"]),
        "escript": plain, "groovy": Runtime(valued: ["-cp"], naming: ["-e"]),
        "mono": plain, "dotnet": Runtime(verbs: ["exec"]), "octave": Runtime(naming: ["--eval"]),
    ]
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
