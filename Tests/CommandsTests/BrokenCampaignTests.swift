import Foundation
import Store
import TestSupport
import Testing

/// What people get who name a folder that holds no campaign, or a broken one.
@Suite struct BrokenCampaignTests {
    private static let commands = [
        ["status"], ["reached"], ["why", "read"], ["export", "--format", "oci"],
        ["corpus", "list"],
    ]

    /// The command's words with the campaign where it belongs.
    private static func words(_ command: [String], _ campaign: String) -> [String] {
        command[0] == "corpus"
            ? command + [campaign] : [command[0], campaign] + command.dropFirst()
    }

    private static func check(
        _ command: [String], _ campaign: String, says clause: String
    ) throws {
        let result = try FathomBinary.run(words(command, campaign))
        #expect(result.status == 3)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("fathom: "))
        #expect(result.errors.contains(clause), "\(result.errors)")
    }

    @Test("a folder that is not there", arguments: commands)
    func missing(command: [String]) throws {
        try Self.check(command, "/nowhere/x.campaign", says: "there is no such folder")
    }

    @Test("a file in place of a folder", arguments: commands)
    func file(command: [String]) throws {
        try Self.check(command, "/etc/passwd", says: "it is a file")
    }

    @Test("a folder without a database", arguments: commands)
    func empty(command: [String]) throws {
        let folder = try TemporaryFolder()
        try Self.check(command, folder.path, says: "there is no campaign.db in it")
    }

    @Test("a database that is none", arguments: commands)
    func corrupt(command: [String]) throws {
        let folder = try TemporaryFolder()
        try Data("nonsense".utf8).write(to: URL(filePath: folder.path + "/campaign.db"))
        try Self.check(command, folder.path, says: "campaign.db")
    }

    @Test("a campaign that has no target yet", arguments: commands)
    func fresh(command: [String]) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/new.campaign"
        _ = try CampaignWriter.open(path)
        try Self.check(command, path, says: "has no target yet")
    }

    @Test("a campaign whose description of the target is damaged")
    func damaged() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/damaged.campaign"
        var writer = try CampaignWriter.open(path)
        var batch = Batch()
        batch.documents["setup"] = Array("{}".utf8)
        try writer.commit(batch)
        try Self.check(["status"], path, says: "is damaged")
    }
}
