import Extraction
import Foundation
import Store
import Syscalls
import TestSupport
import Testing

@Suite(
    "Function visits",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct FunctionVisitTests {
    @Test(
        "functions that a campaign entered are told, main among them, and no place that is none",
        .timeLimit(.minutes(30)))
    func entered() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let program = try TestProgram.build("two-functions")
        let fuzz = try FathomBinary.finish(
            [
                "fuzz", "--campaign", campaign.path, "-n", "300", "--functions", "--", program,
            ])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let reader = try CampaignReader.open(campaign.path)
        let document = try #require(try reader.document("entered-functions"))
        let entered = try JSONDecoder().decode([CallSite].self, from: Data(document))
        let entries = Set(try FunctionEntries.read(program))
        #expect(Set(entered.map(\.module)) == [program])
        #expect(entries.isSuperset(of: entered.map(\.offset)))
        // The compiler's table and the symbol table agree, and code lies at its offset.
        let symbols = try Subprocess.run(["nm", program]).output.split(separator: "\n")
        func offset(_ name: String) throws -> UInt64 {
            let row = try #require(symbols.first { $0.hasSuffix(" " + name) })
            return try #require(UInt64(row.prefix { $0 != " " }, radix: 16))
        }
        let offsets = Set(entered.map(\.offset))
        #expect(offsets.contains(try offset("main")))
        #expect(offsets.contains(try offset("common")))
        #expect(!offsets.contains(try offset("never")))
        #expect(entries.contains(try offset("never")))
    }
}
