internal import Campaigns
internal import Glibc
internal import Platform
internal import Store

/// The campaign that a command's first operand names.
struct CampaignFolder: Sendable {
    let path: String

    /// Takes the one operand of a command about a campaign.
    static func only(_ operands: [String], of command: String) throws(UsageError) -> CampaignFolder
    {
        guard let first = operands.first else {
            throw UsageError("\(command) needs a campaign: fathom \(command) diff.campaign")
        }
        guard operands.count == 1 else {
            throw UsageError("\(command) takes one campaign, not also '\(operands[1])'")
        }
        return CampaignFolder(first)
    }

    /// Slashes at the end do not belong to the name.
    init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// Everything that reports need, or one sentence that says why there is nothing.
    func load() throws -> CampaignRecord {
        try check()
        do {
            return try CampaignRecord.load(path)
        } catch is DecodingError {
            throw CommandFailure(
                "cannot read the campaign \(path): what it says about its target is damaged; "
                    + "restore a copy, or fuzz into a new folder")
        }
    }

    /// The store itself, for what the record leaves out.
    func open() throws -> CampaignReader {
        try check()
        return try CampaignReader.open(path)
    }

    /// Whether both names lead to one folder.
    func isSame(as other: CampaignFolder) -> Bool {
        let (own, others) = (SmallFile.resolve(path), SmallFile.resolve(other.path))
        return own != nil && own == others
    }

    /// The process that fuzzes into it now.
    var owner: Int32? { CampaignReader.owner(of: path) }

    /// Whether there is a folder of the name, a campaign or not.
    var isThere: Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func check() throws(CommandFailure) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CommandFailure("cannot open the campaign \(path): there is no such folder")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(
                "cannot open the campaign \(path): it is a file; give the folder that fuzz made")
        }
    }
}
