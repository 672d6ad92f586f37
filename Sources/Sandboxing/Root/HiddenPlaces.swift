internal import Glibc
internal import Platform

/// What no target sees of the machine unless somebody asks for it by name: homes, and what people and
/// services prove to others with who they are.
package struct HiddenPlaces: Sendable, Hashable {
    /// Absolute, without links: nothing of what is there or below it is shown.
    package private(set) var paths: Set<String>
    /// Folders of which only what is needed is shown although they are no secret in themselves, as
    /// homes keep what has nothing to do with each other there.
    private let passages: Set<String>
    /// What is asked for: shown, and looked through for nothing.
    let asked: Set<String>

    /// Where everybody's homes are.
    static let homeFolders = ["/home", "/root"]

    package init(paths: Set<String>, passages: Set<String> = [], asked: Set<String> = []) {
        self.paths = paths.subtracting(asked)
        self.passages = passages
        self.asked = asked
    }

    /// Whether only what is needed of the folder is shown.
    func covers(_ folder: String) -> Bool {
        Self.homeFolders.contains(folder) || paths.contains(folder) || passages.contains(folder)
    }

    /// Those below a folder, by their paths in it; of those in another one, that one.
    func inside(_ folder: String) -> [String] {
        let prefix = folder == "/" ? "/" : folder + "/"
        let inner = paths.filter { $0.hasPrefix(prefix) }.sorted()
        var outer: [String] = []
        for path in inner where !outer.contains(where: { path.hasPrefix($0 + "/") }) {
            outer.append(path)
        }
        return outer.map { String($0.dropFirst(prefix.count)) }
    }

    /// Without folders that something is mounted over.
    func leaving(_ covers: [String]) -> HiddenPlaces {
        HiddenPlaces(paths: paths.subtracting(covers))
    }

    /// With the credentials in folders that are shown although they lie in hidden ones.
    func adding(inside folders: [String]) -> HiddenPlaces {
        var places = self
        let search = TreeSearch(names: Credentials.names, depth: 3, milliseconds: 100)
        places.paths.formUnion(Set(search.found(below: folders).paths).subtracting(asked))
        return places
    }
}

extension HiddenPlaces {
    /// Those of the machine as it is now.
    ///
    /// - Parameters:
    ///   - asked: what a command line or a harness names, absolute.
    ///   - program: the target's path; a service has its own keys.
    package static func ofMachine(
        besides asked: [String], for program: String = ""
    ) -> HiddenPlaces {
        let passwd = (try? SmallFile.text("/etc/passwd")) ?? ""
        let homes = Homes(
            passwd: passwd, own: Environment["HOME"], user: geteuid(),
            inHome: FolderNames.ifReadable("/home"))
        let homePaths = Set(homes.paths.flatMap { [$0, SmallFile.resolve($0) ?? $0] })
        var paths = Set(Credentials.ofMachine).union(homePaths)
        for home in homePaths {
            paths.formUnion(Credentials.namesInHomes.map { home + "/" + $0 })
        }
        for folder in Credentials.folders {
            let names = FolderNames.ifReadable(folder)
            paths.formUnion(names.map { folder + "/" + $0 })
        }
        paths = paths.filter { !Credentials.isHarmless($0) }
        let service = program.split(separator: "/").last.map(String.init) ?? ""
        let own = paths.filter { Credentials.isOwn($0, of: service) }
        let named = own.union(asked).union(asked.compactMap(SmallFile.resolve))
        let search = TreeSearch(
            names: Credentials.names, owner: geteuid() == 0 ? nil : geteuid(), depth: 4,
            milliseconds: 250, leftOut: Credentials.foldersWithout + homePaths)
        paths.formUnion(search.found(below: ["/"]).paths)
        let passages = homePaths.flatMap { home in Homes.passages.map { home + "/" + $0 } }
        return HiddenPlaces(paths: paths, passages: Set(passages), asked: named)
    }
}

/// The folders in which the people of a machine keep their files.
struct Homes {
    let paths: Set<String>

    /// In them, folders of many programs.
    static let passages = [
        ".local", ".local/share", ".local/state", ".config", ".cache", ".var", "snap",
    ]

    private static let firstPerson: UInt32 = 1000
    private static let nobody: UInt32 = 65_534
    /// Below these lies what everybody uses, whoever's home it is called.
    private static let foldersOfAll = [
        "/usr", "/bin", "/sbin", "/etc", "/dev", "/proc", "/sys", "/run", "/var/lib", "/var/cache",
        "/var/spool", "/var/run", "/lib", "/nonexistent", "/boot", Scratch.directory,
    ]

    /// - Parameters:
    ///   - own: the home of the user who runs this.
    ///   - inHome: the names in `/home`.
    init(passwd: String, own: String?, user: UInt32, inHome: [String]) {
        var homes = Set(inHome.map { "/home/" + $0 })
        if let own { homes.insert(own) }
        for line in passwd.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 7, let id = UInt32(fields[2]) else { continue }
            let isPerson = id >= Self.firstPerson && id != Self.nobody && Self.isShell(fields[6])
            if id == 0 || id == user || isPerson { homes.insert(String(fields[5])) }
        }
        paths = Set(homes.map(Self.plain).filter(Self.isOfOne)).union(["/root"])
    }

    private static func plain(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }

    private static func isShell(_ path: Substring) -> Bool {
        !path.hasSuffix("/nologin") && !path.hasSuffix("/false")
    }

    private static func isOfOne(_ path: String) -> Bool {
        !["/", "/home", "/var", "/srv", "/opt", "/mnt", "/tmp", "/var/tmp"].contains(path)
            && !foldersOfAll.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}
