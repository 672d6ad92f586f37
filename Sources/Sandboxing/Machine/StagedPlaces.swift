internal import CLinux
internal import Glibc
internal import Platform
internal import TestCases

/// A layer between the machine's files and a target's changes: what a running machine would have,
/// and what nobody is to see.
struct StagedPlaces: ~Copyable {
    /// Where it is made, and where the machine's own files are meanwhile.
    private let top: String
    private let machine: String
    private let accounts: Accounts
    /// The worker's id of the machine's root.
    private let firstID: UInt32

    init(at top: String, machine: String, accounts: Accounts, firstID: UInt32) {
        self.top = top
        self.machine = machine
        self.accounts = accounts
        self.firstID = firstID
    }

    /// Makes a place unless the machine has something there already; what is above it is like the
    /// machine's where that has it.
    func make(_ place: StandingPlace) {
        guard MountTable.canBeOption(place.path), !exists(place.path),
            makeFolders(above: place.path)
        else { return }
        let path = top + place.path
        switch place.kind {
        case .folder: Mounts.makeDirectory(path, mode: 0o755)
        case .link(let target):
            _ = unsafe symlink(target, path)
            return
        case .file(let bytes): Self.write(bytes, to: path)
        }
        own(path, place)
        unsafe chmod(path, mode_t(place.mode & 0o7777))
    }

    /// Has a file of the machine's be another one.
    func replace(_ path: String, with text: String) {
        var status = stat()
        guard unsafe lstat(machine + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            makeFolders(above: path)
        else { return }
        Self.write(Array(text.utf8), to: top + path)
        unsafe chown(top + path, status.st_uid, status.st_gid)
        unsafe chmod(top + path, status.st_mode & 0o7777)
    }

    /// Has something of the machine's be missing.
    func hide(_ path: String) {
        guard exists(path), makeFolders(above: path) else { return }
        _ = unsafe clinux_make_whiteout(top + path)
    }

    /// An empty folder with the owner and mode of the machine's.
    func makeEmpty(_ path: String) {
        guard makeFolders(above: path) else { return }
        Mounts.makeDirectory(top + path, mode: 0o755)
        imitate(path)
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        if unsafe lstat(top + path, &status) == 0 { return true }
        let isEmptied = MachineLayer.emptied.contains { path.hasPrefix("/\($0)/") }
        return unsafe !isEmptied && lstat(machine + path, &status) == 0
    }

    /// False where something above is no folder.
    private func makeFolders(above path: String) -> Bool {
        var folder = ""
        for component in path.split(separator: "/").dropLast() {
            folder += "/" + component
            var status = stat()
            if unsafe lstat(top + folder, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else { return false }
                continue
            }
            let isThere = unsafe lstat(machine + folder, &status) == 0
            guard !isThere || status.st_mode & S_IFMT == S_IFDIR else { return false }
            Mounts.makeDirectory(top + folder, mode: 0o755)
            if isThere { imitate(folder) } else { unsafe chown(top + folder, firstID, firstID) }
        }
        return true
    }

    private func imitate(_ path: String) {
        var status = stat()
        guard unsafe lstat(machine + path, &status) == 0 else { return }
        unsafe chown(top + path, status.st_uid, status.st_gid)
        unsafe chmod(top + path, status.st_mode & 0o7777)
    }

    private func own(_ path: String, _ place: StandingPlace) {
        let account = accounts.account(named: place.user)
        let user = UInt32(place.user) ?? account?.user ?? 0
        let group = UInt32(place.group) ?? accounts.group(named: place.group) ?? account?.group ?? 0
        guard user < 65_536, group < 65_536 else { return }
        unsafe chown(path, firstID + user, firstID + group)
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    }
}

extension StagedPlaces {
    /// The folders that the machine has made for its services, without anything in them.
    func copyFolders(of path: String, depth: Int = 3) {
        for name in FolderNames.ifReadable(machine + path)
        where name != "user" && !name.hasPrefix(".") {
            let folder = path + "/" + name
            var status = stat()
            guard unsafe lstat(machine + folder, &status) == 0,
                status.st_mode & S_IFMT == S_IFDIR, MountTable.canBeOption(name)
            else { continue }
            makeEmpty(folder)
            if depth > 1 { copyFolders(of: folder, depth: depth - 1) }
        }
    }

    /// What the machine's rules and units make when it boots.
    func makeStandingPlaces() {
        for place in StandingPlace.ofEveryMachine { make(place) }
        for folder in ["/usr/lib/tmpfiles.d", "/etc/tmpfiles.d"] {
            for name in FolderNames.ifReadable(folder) where name.hasSuffix(".conf") {
                guard let text = try? SmallFile.text(folder + "/" + name) else { continue }
                for place in StandingPlace.rules(text) where !Self.isLeftOut(place.path) {
                    make(place)
                }
            }
        }
        makeFoldersOfVariables()
        let reading = { (path: String) in try? SmallFile.text(path) }
        for folder in ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"] {
            for name in FolderNames.ifReadable(folder) where name.hasSuffix(".service") {
                guard let text = try? SmallFile.text(folder + "/" + name) else { continue }
                let places = StandingPlace.folders(ofUnit: text, reading: reading)
                for place in places where !Self.isLeftOut(place.path) { make(place) }
            }
        }
        for name in FolderNames.ifReadable("/etc/init.d") {
            guard let text = reading("/etc/init.d/" + name) else { continue }
            let places = StandingPlace.folders(ofScript: text, reading: reading)
            for place in places where !Self.isLeftOut(place.path) { make(place) }
        }
    }

    /// Folders that a script around a service makes where its variables say, by the way of Apache's
    /// `envvars`.
    private func makeFoldersOfVariables() {
        for name in FolderNames.ifReadable("/etc") {
            guard let text = try? SmallFile.text("/etc/\(name)/envvars") else { continue }
            for variable in ShellVariables.assignments(in: text) {
                let place = StandingPlace(
                    path: String(decoding: variable.value, as: UTF8.self), kind: .folder,
                    mode: 0o755)
                // A name with a dot is a file's.
                guard place.path.hasPrefix("/run/"), place.isPlain,
                    place.path.split(separator: "/").last?.contains(".") == false
                else { continue }
                make(place)
            }
        }
    }

    /// No password is known.
    func lockPasswords(passwd: String, group: String) {
        replace("/etc/shadow", with: Self.locked(passwd, rest: ":*:19000:0:99999:7:::"))
        replace("/etc/gshadow", with: Self.locked(group, rest: ":*::"))
    }

    private static func locked(_ text: String, rest: String) -> String {
        text.split(separator: "\n").compactMap { line in
            line.split(separator: ":").first.map { $0 + rest + "\n" }
        }.joined()
    }

    /// What is made anew, and homes, which stay empty.
    private static func isLeftOut(_ path: String) -> Bool {
        (MachineLayer.foldersMadeAnew + ["/root", "/home"]).contains {
            path == $0 || path.hasPrefix($0 + "/")
        }
    }
}
