/// Something that a running machine has and that its files may lack: what is made when it boots, or
/// before a service starts.
struct StandingPlace: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case folder
        case file([UInt8])
        case link(target: String)
    }

    /// Absolute, without links in it.
    var path: String
    var kind: Kind
    var mode: UInt16
    /// Names of accounts, or numbers.
    var user: String
    var group: String

    init(
        path: String, kind: Kind, mode: UInt16, user: String = "root", group: String = "root"
    ) {
        self.path = Self.plain(path)
        self.kind = kind
        self.mode = mode
        self.user = user
        self.group = group
    }

    /// What every machine has that runs.
    static let ofEveryMachine = [
        StandingPlace(path: "/run/lock", kind: .folder, mode: 0o1777)
    ]

    /// Whether the path can be made: absolute, without `..`, without anything that stands for
    /// something else.
    var isPlain: Bool {
        path.hasPrefix("/") && path != "/" && !path.contains("%") && !path.contains("*")
            && path != "/run" && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    /// `/var/run` and `/var/lock` are links to folders of `/run`.
    private static func plain(_ path: String) -> String {
        let short = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        for (old, new) in [("/var/run", "/run"), ("/var/lock", "/run/lock")]
        where short == old || short.hasPrefix(old + "/") {
            return new + short.dropFirst(old.count)
        }
        return short
    }
}

extension StandingPlace {
    /// What lines of tmpfiles.d(5) make when a machine boots; only folders, files and links.
    static func rules(_ text: String) -> [StandingPlace] {
        text.split(separator: "\n").compactMap(rule)
    }

    private static func rule(_ line: Substring) -> StandingPlace? {
        let fields = line.split(maxSplits: 6, whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count >= 2, let type = fields[0].first else { return nil }
        // A file that is only made while a machine boots means that it does.
        if type == "F" && fields[0].contains("!") { return nil }
        let argument = fields.count > 6 ? String(fields[6]) : ""
        let kind: Kind
        switch type {
        case "d", "D", "v", "q", "Q": kind = .folder
        case "f", "F":
            kind = .file(argument.isEmpty || argument == "-" ? [] : Array(argument.utf8))
        case "L":
            guard argument.hasPrefix("/") || argument.hasPrefix("..") else { return nil }
            kind = .link(target: argument)
        default: return nil
        }
        let field = { (index: Int) in
            fields.count > index && fields[index] != "-" ? String(fields[index]) : nil
        }
        let mode = field(2).flatMap { UInt16($0.drop { $0 == "~" || $0 == ":" }, radix: 8) }
        let place = StandingPlace(
            path: String(fields[1]), kind: kind, mode: mode ?? (kind == .folder ? 0o755 : 0o644),
            user: field(3) ?? "root", group: field(4) ?? "root")
        return place.isPlain ? place : nil
    }
}

extension StandingPlace {
    /// The folders that a unit has made before its service starts, see systemd.exec(5).
    ///
    /// - Parameter reading: gives the text of a file, such as of a script that it executes before.
    static func folders(
        ofUnit text: String, reading: (String) -> String? = { _ in nil }
    ) -> [StandingPlace] {
        let unit = UnitFile(text)
        let user = unit.last("User") ?? "root"
        // The group that an account has by itself is its own name, nearly always.
        let group = unit.last("Group") ?? user
        var places: [StandingPlace] = []
        for (setting, above) in [
            ("RuntimeDirectory", "/run/"), ("StateDirectory", "/var/lib/"),
            ("CacheDirectory", "/var/cache/"), ("LogsDirectory", "/var/log/"),
        ] {
            let mode = unit.last(setting + "Mode").flatMap { UInt16($0, radix: 8) } ?? 0o755
            for name in unit.words(setting) {
                // What is behind a colon is another name for it.
                let folder = name.split(separator: ":").first.map(String.init) ?? name
                places.append(
                    StandingPlace(
                        path: above + folder, kind: .folder, mode: mode, user: user, group: group))
            }
        }
        for command in unit.values("ExecStartPre") {
            places += made(by: command)
            give(&places, by: command)
            if let script = script(executedBy: command).flatMap(reading), script.hasPrefix("#!") {
                places += folders(ofScript: script, reading: reading)
            }
        }
        return places.filter(\.isPlain)
    }

    /// Has the places that a `chown` or `chmod` of a command line names belong to whom it says, and
    /// be open to whom it says.
    static func give(_ places: inout [StandingPlace], by command: String) {
        let words = command.split(separator: " ").map(String.init)
        guard let program = words.first?.split(separator: "/").last,
            let owner = words.dropFirst().first(where: { !$0.hasPrefix("-") })
        else { return }
        if program == "chmod", let mode = UInt16(owner, radix: 8) {
            for index in places.indices where words.contains(places[index].path) {
                places[index].mode = mode
            }
        }
        guard program == "chown" else { return }
        let names = owner.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        for index in places.indices where words.contains(places[index].path) {
            if !names[0].isEmpty { places[index].user = names[0] }
            if names.count > 1 { places[index].group = names[1].isEmpty ? names[0] : names[1] }
        }
    }

    /// The folders that `install -d` or `mkdir` of a command line makes.
    static func made(by command: String) -> [StandingPlace] {
        let words = command.split(separator: " ").map(String.init)
        guard let program = words.first?.split(separator: "/").last else { return [] }
        var (mode, user, group) = (UInt16(0o755), "root", "root")
        var (paths, isOfFolders): ([String], Bool) = ([], program == "mkdir")
        guard program == "mkdir" || program == "install" else { return [] }
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "-m": mode = rest.popFirst().flatMap { UInt16($0, radix: 8) } ?? mode
            case "-o": user = rest.popFirst() ?? user
            case "-g": group = rest.popFirst() ?? group
            case "-d": isOfFolders = true
            default: if word.hasPrefix("/") { paths.append(word) }
            }
        }
        guard isOfFolders else { return [] }
        return paths.map {
            StandingPlace(path: $0, kind: .folder, mode: mode, user: user, group: group)
        }
    }
}
