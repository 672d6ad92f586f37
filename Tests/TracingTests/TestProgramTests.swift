import Foundation
import TestSupport
import Testing

@Suite("Test programs")
struct TestProgramTests {
    @Test("hostile programs can be built", arguments: TestProgram.hostileNames)
    func hostile(name: String) throws {
        let path = try TestProgram.build(name)
        #expect(FileManager.default.isExecutableFile(atPath: path))
    }

    @Test("the guard of hostile programs refuses to go on in this very namespace")
    func guarded() throws {
        let program = try TestProgram.build("Hostile/harmless")
        let own = try TestProgram.forbiddenNamespaces()
        let attempts = [[], own, ["pid:[1]", own[1]], [own[0], "mnt:[1]"], ["pid:", "mnt:"]]
        for arguments in attempts {
            let run = try Subprocess.run([program] + arguments)
            #expect(run.status == 99, "\(arguments)")
        }
    }

    @Test("every hostile program passes the guard before anything else")
    func everyHostileProgramIsGuarded() throws {
        for name in TestProgram.hostileNames {
            let source = try TestProgram.source(of: name)
            let body = try #require(source.range(of: "int main(int argc, char **argv) {\n"))
            #expect(
                source[body.upperBound...].hasPrefix("    require_sandbox(argc, argv);"), "\(name)")
        }
    }
}
