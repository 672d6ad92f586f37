internal import Glibc
internal import Platform

extension CampaignWriter {
    /// Says at once what would keep a campaign from being written to the folder, which may be there
    /// or not; nothing is left there.
    package static func check(_ folder: String) throws(StoreError) {
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else {
            return try checkParent(of: folder)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StoreError(
                code: .notACampaign, operation: "write a campaign to \(folder)",
                reason: "it is no folder; name another with --campaign")
        }
        try checkContent(of: folder)
        let paths = CampaignPaths(folder)
        guard unsafe access(folder, W_OK) == 0 else {
            throw StoreError(SystemError.last("write a campaign to \(folder)"))
        }
        if let owner = OwnerLock.owner(paths.lock) { throw OwnerLock.refusal(folder, owner) }
    }

    /// Refuses a folder of somebody else's: a campaign's files would be lost among them.
    static func checkContent(of folder: String) throws(StoreError) {
        let paths = CampaignPaths(folder)
        guard !paths.hasDatabase else { return }
        let names: [String]
        do {
            names = try Directory.names(in: folder)
        } catch {
            throw StoreError(error)
        }
        guard let other = names.sorted().first(where: { !paths.owns($0) }) else { return }
        throw StoreError(
            code: .notACampaign, operation: "write a campaign to \(folder)",
            reason: "it holds other files, such as \(other), and no campaign.db; name a folder "
                + "that is empty or not there yet with --campaign")
    }

    /// Only making a folder shows whether one can be made: permissions are not all that forbids it.
    private static func checkParent(of folder: String) throws(StoreError) {
        var missing = folder
        while let slash = missing.lastIndex(of: "/"), slash != missing.startIndex {
            let parent = String(missing[..<slash])
            if unsafe access(parent, F_OK) == 0 { break }
            missing = parent
        }
        guard unsafe mkdir(missing, 0o755) == 0 else {
            let error = SystemError.last("make the campaign \(folder)")
            guard error.code != EEXIST else { return }
            throw StoreError(error)
        }
        unsafe _ = rmdir(missing)
    }
}
