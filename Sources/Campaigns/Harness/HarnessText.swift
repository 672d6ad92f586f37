internal import Contact
internal import Foundation
internal import Mutation
internal import Platform
internal import Sandboxing
internal import TestCases
internal import Texts

/// A harness as a person would write it, to be edited.
package enum HarnessText {
    /// Writes `harness.json5` and its seeds into a folder, which is made where it is missing;
    /// returns the file. Refuses a folder that has a harness.
    ///
    /// - Parameters:
    ///   - words: what the program's help names.
    ///   - remarks: lines on what the first execution showed.
    package static func write(
        _ preparation: Preparation, words: [String], remarks: [String], to folder: String
    ) throws -> String {
        let harness = preparation.harness
        let file = folder + "/harness.json5"
        let manager = FileManager.default
        guard !manager.fileExists(atPath: file) else {
            throw HarnessError(
                file: file, line: nil,
                problem: "a harness lies there already; edit it, or choose another folder")
        }
        let corpus = folder + "/corpus"
        do {
            try manager.createDirectory(atPath: corpus, withIntermediateDirectories: true)
            for (index, seed) in harness.seeds.enumerated() {
                let number = String(index + 1)
                let name = String(repeating: "0", count: max(0, 2 - number.count)) + number
                try Data(seed.inlineText()).write(
                    to: URL(filePath: "\(corpus)/\(name).txt"), options: .atomic)
            }
            // Last, so that a harness is whole where there is one.
            try Data(text(preparation, words, remarks).utf8).write(
                to: URL(filePath: file), options: .atomic)
        } catch {
            throw HarnessError(
                file: file, line: nil,
                problem: "it cannot be written (\(error.localizedDescription)); choose a folder "
                    + "that can be")
        }
        return file
    }

    private static func text(
        _ preparation: Preparation, _ words: [String], _ remarks: [String]
    ) -> String {
        let harness = preparation.harness
        let files = harness.base.files.compactMap { file -> String? in
            guard case .regular(let bytes) = file.kind, let path = text(file.path),
                let content = text(bytes), content.allSatisfy({ $0.isASCII && $0 != "\0" })
            else { return nil }
            return "        \(quoted(path)): \(quoted(content)),"
        }
        let sign = { (argument: Bytes) in
            // In the base a file's name stands where the command line had the sign.
            harness.inputFile.map { Bytes(argument.replacing($0, with: Bytes("@@".utf8))) }
                ?? argument
        }
        let arguments = harness.base.arguments.map { quoted(text(sign($0)) ?? "") }
        return """
            // \(ShownText.escaped(harness.name)), as fathom harness init found it. What is here is a beginning: usual
            // arguments, files and words are worth more than anything that is found by chance.
            //
            \(remarks.map { "// " + $0 }.joined(separator: "\n"))
            {
                // A name along PATH, an absolute path, or one relative to this folder.
                program: \(quoted(harness.program)),

            \(fixed(harness))    // Every test case starts from these; @@ is the name of a file with the input.
                arguments: [\(arguments.joined(separator: ", "))],
            \(surroundings(harness))
                // What it can read from descriptor 0.
                standardInput: "",

                // The file tree in which it starts. Also { link: "x" }, { directory: true } and
                // { fifo: true }. Files that are no text stand in the seeds.
                files: {
            \(files.joined(separator: "\n"))
                },
            \(service(of: preparation))
                // Words for arguments and input; options are found in the help and the program.
                words: [\(wrapped(words.map(quoted)))],

                // Whole lines for input, such as commands that it understands.
                lines: [],

                // When an execution is over: seconds.
                bounds: {
                    cpuTime: \(seconds(harness.bounds.cpuTime)),
                    wallTime: \(seconds(harness.bounds.wallTime)),
                },

                // Test cases to begin with, one a file; fathom corpus show prints such.
                corpus: "corpus",
            }

            """
    }

    /// How the target deals with others; what generic clients and peers say needs no words here.
    private static func service(of preparation: Preparation) -> String {
        let contact = preparation.contact
        switch preparation.service {
        case .none: return ""
        case .server:
            let transport = contact.listening.first?.transport ?? "tcp"
            return """

                    // It is a server. What clients say, message by message, is worth most here.
                    server: { transport: \(quoted(transport)), samples: [] },

                """
        case .client:
            let first = contact.destinations.first
            let address = first.flatMap { $0.isLocal ? ", address: \(quoted($0.address))" : nil }
            return """

                    // It is a client. What its peers say, message by message, is worth most here.
                    client: { transport: \(quoted(first?.transport ?? "tcp"))\(address ?? ""), samples: [] },

                """
        }
    }

    /// What it needed of the machine to come up, and its environment where that is not the usual.
    private static func surroundings(_ harness: Harness) -> String {
        var lines: [String] = []
        if harness.base.environment != Harness.plainEnvironment {
            let variables = harness.base.environment.map {
                "        \(quoted(text($0.name) ?? "")): \(quoted(text($0.value) ?? "")),"
            }
            lines += ["", "    environment: {"] + variables + ["    },"]
        }
        if harness.provision != .ordinary {
            lines += [
                "", "    // Whom it runs as, and whether it can write to the machine's files.",
                "    user: \(quoted(harness.user.name)),",
                "    machine: \(quoted(harness.machine.rawValue)),",
            ]
        }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }

    /// What names the program that an interpreter runs, and where it is.
    private static func fixed(_ harness: Harness) -> String {
        var lines: [String] = []
        if !harness.prefix.isEmpty {
            let words = harness.prefix.map { quoted(text($0) ?? "") }.joined(separator: ", ")
            lines += [
                "// What it runs: these words come first and are never changed.",
                "prefix: [\(words)],", "",
            ]
        }
        if let project = harness.project {
            lines += [
                "// What lies in this folder stands in the tree of every test case.",
                "project: \(quoted(project.path)),", "",
            ]
        }
        return lines.map { ($0.isEmpty ? "" : "    " + $0) + "\n" }.joined()
    }

    private static func text(_ bytes: Bytes) -> String? { String(validating: bytes, as: UTF8.self) }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return ShownText(json: result + "\"").text
    }

    /// At most about 90 columns in a line.
    private static func wrapped(_ words: [String]) -> String {
        guard words.count > 6 else { return words.joined(separator: ", ") }
        var lines = [""]
        for word in words {
            if lines[lines.count - 1].count + word.count > 84 { lines.append("") }
            lines[lines.count - 1] +=
                (lines[lines.count - 1].isEmpty ? "        " : " ") + word + ","
        }
        return "\n" + lines.joined(separator: "\n") + "\n    "
    }

    private static func seconds(_ duration: Duration) -> String {
        let hundredths = duration / .milliseconds(10)
        guard hundredths.truncatingRemainder(dividingBy: 100) != 0 else {
            return String(Int(hundredths / 100))
        }
        return String((hundredths / 100 * 100).rounded() / 100)
    }
}
