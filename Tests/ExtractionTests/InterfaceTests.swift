import Extraction
import Foundation
import TestSupport
import Testing

@Suite("Interface of a program")
struct InterfaceTests {
    private static let links: [[String]] = [
        ["-O2", "-fPIE", "-pie"], ["-O0", "-fPIE", "-pie"],
        ["-O2", "-fPIE", "-pie", "-Wl,-z,pack-relative-relocs"],
        ["-O2", "-fno-pie", "-no-pie"], ["-O0", "-fno-pie", "-no-pie"],
        ["-O2", "-fPIE", "-pie", "-fno-plt", "-Wl,--strip-all"],
    ]

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("a table, an option string, a list of words and a variable are read", arguments: links)
    func everything(options: [String]) throws {
        let interface = try ProgramInterface.read(CompiledProgram.path("interface", options))
        #expect(
            interface.longOptions.map { "\(text($0.name)) \($0.hasArgument) \($0.value)" } == [
                "plain 0 112", "needs 1 110", "may 2 256", "sets 0 7", "-hidden 0 257",
            ])
        #expect(interface.optionStrings.map(text) == ["pn:x::Q"])
        #expect(interface.variables.map(text) == ["INTERFACE_MODE"])
        #expect(interface.choices.map { text($0.option) } == ["--needs"])
        #expect(interface.choices.first?.words.map(text) == ["round", "square"])
    }

    @Test("words that are ends of longer strings are read, from data and from code")
    func tails() throws {
        for options in Self.links {
            let interface = try ProgramInterface.read(CompiledProgram.path("interface", options))
            let words = interface.tails.map(text)
            #expect(words.contains("tangle"), "\(options): \(words)")
            #expect(words.contains("winding"), "\(options): \(words)")
            #expect(!words.contains("untangle") && !words.contains("rewinding"))
        }
    }

    @Test("a file that is no program is refused in a sentence")
    func refusal() throws {
        let path = try CompiledProgram.file(Array("no program".utf8))
        #expect(throws: ExtractionError.self) { try ProgramInterface.read(path) }
    }

    @Test("damaged files give something or an error, and not much")
    func damage() throws {
        let path = try CompiledProgram.path("interface", Self.links[0])
        let corruptor = FileCorruptor(Array(try Data(contentsOf: URL(filePath: path))))
        for seed in 0..<UInt64(150) {
            let damaged = try CompiledProgram.file(corruptor.corrupted(seed: seed))
            guard let interface = try? ProgramInterface.read(damaged) else { continue }
            #expect(interface.longOptions.count <= 4_096)
            #expect(interface.longOptions.allSatisfy { (1...48).contains($0.name.count) })
        }
    }
}
