internal import Glibc

/// Where things are in a campaign's folder.
struct CampaignPaths {
    let folder: String

    init(_ folder: String) {
        self.folder = folder
    }

    var database: String { folder + "/campaign.db" }
    var corpus: String { folder + "/corpus" }
    var lock: String { folder + "/owner.lock" }

    /// Whether a campaign, or the top of a file system, has something of the name in its folder.
    func owns(_ name: String) -> Bool {
        name.hasPrefix("campaign.db") || ["corpus", "owner.lock", "lost+found"].contains(name)
    }

    var hasDatabase: Bool { unsafe access(database, F_OK) == 0 }

    /// Whether there is a log with transactions that are not in the database file yet.
    var hasUnsavedLog: Bool {
        var status = stat()
        return unsafe stat(database + "-wal", &status) == 0 && status.st_size > 0
    }
}
