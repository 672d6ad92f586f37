import Foundation
import TestSupport
import Testing

private func has(_ program: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: program)
}

/// Programs of other C libraries and languages: each call that is seen must come from a place of
/// the static set that has it.
@Suite("Programs of other libraries and languages")
struct RuntimeTests {
    private struct Output: Decodable {
        struct Finding: Decodable {
            let syscall: String
            let judgement: String
        }
        struct Check: Decodable {
            let checked: Int
            let bugs: [Finding]
            let apart: [Finding]
        }
        struct Image: Decodable {
            let image: String
            let check: Check?
            let failure: String?
        }
        let images: [Image]
    }

    /// Traces a command and holds its calls against the static set; `places` is how many there
    /// are to hold, at least.
    private func check(_ command: [String], places: Int) throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/check.json"
        let run = try FathomBinary.run(
            ["trace", "--check-sites", "--json", "-o", file, "--"] + command)
        #expect(run.status == 0, "\(run.errors)")
        let data = try Data(contentsOf: URL(filePath: file))
        let images = try JSONDecoder().decode(Output.self, from: data).images
        #expect(images.count == 1)
        for image in images {
            let check = try #require(image.check, "\(image.failure ?? "")")
            #expect(check.bugs.isEmpty, "\(check.bugs)")
            #expect(check.checked >= places)
            // Every number is known, and every module that was loaded.
            let lacking = check.apart.filter {
                $0.judgement == "unresolved" || $0.judgement == "module not analysed"
            }
            #expect(lacking.isEmpty, "\(lacking)")
        }
    }

    private func build(
        _ name: String, _ options: [String], in folder: borrowing TemporaryFolder
    ) throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Programs/\(name).c").path
        let program = folder.path + "/" + name
        let result = try Subprocess.run(
            ["musl-gcc", "-O1", source, "-o", program, "-pthread"] + options)
        try #require(result.status == 0, "\(result.errors)")
        return program
    }

    @Test(
        "programs on musl, linked into one file or with its loader",
        .enabled(if: has("/usr/bin/musl-gcc"), "musl-gcc is not installed"),
        arguments: ["ordinary", "threads"], [[], ["-static"]])
    func musl(_ name: String, _ options: [String]) throws {
        let folder = try TemporaryFolder()
        let program = try build(name, options, in: folder)
        try check([program], places: 6)
    }

    @Test(
        "a program in Go makes keys and encrypts",
        .enabled(if: has("/usr/bin/age-keygen"), "age is not installed"))
    func go() throws {
        try check(["/usr/bin/age-keygen"], places: 30)
        let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
        try check(["/usr/bin/age", "-r", key, "-o", "/dev/null", "/etc/passwd"], places: 30)
    }

    @Test(
        "a program in Rust, with a file and without one",
        .enabled(if: has("/usr/bin/hexyl"), "hexyl is not installed"))
    func rust() throws {
        try check(["/usr/bin/hexyl", "/etc/passwd"], places: 20)
        try check(["/usr/bin/hexyl", "--length", "1"], places: 20)
    }
}
