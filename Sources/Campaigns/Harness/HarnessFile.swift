internal import Foundation
internal import Platform
internal import Sandboxing
internal import TestCases

/// A harness as it is written: `harness.json5` in a folder of its own.
extension Harness {
    /// Reads a harness from its folder or from the file itself.
    package static func load(_ path: String) throws(HarnessError) -> Harness {
        let isFile = path.hasSuffix(".json5") || path.hasSuffix(".json")
        let file = isFile ? path : path + "/harness.json5"
        let text: String
        do {
            text = try SmallFile.text(file)
        } catch {
            throw HarnessError(
                file: file, line: nil,
                problem: "\(error.reason); give a folder with a harness.json5, or -- CMD ARG…")
        }
        let folder =
            SmallFile.resolve(file).map { ($0 as NSString).deletingLastPathComponent } ?? "."
        do {
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            let form = try decoder.decode(HarnessForm.self, from: Data(text.utf8))
            return try form.harness(folder: folder, file: file, text: text)
        } catch let error as DecodingError {
            throw HarnessError(error, file: file, text: text)
        } catch let error as HarnessError {
            throw error
        } catch {
            throw HarnessError(file: file, line: nil, problem: "\(error)")
        }
    }
}

/// The fields of the file, as people write them.
private struct HarnessForm: Decodable {
    var name: String?
    var program: String
    var prefix: [String]?
    var project: String?
    var arguments: [String]?
    var environment: [String: String]?
    var standardInput: String?
    var files: [String: FileForm]?
    var words: [String]?
    var lines: [String]?
    var libraries: [String]?
    var corpus: String?
    var bounds: BoundsForm?
    var phases: [PhaseForm]?
    var server: ServerForm?
    var client: ClientForm?
    var companion: CompanionForm?
    var user: UserForm?
    var machine: MachineForm?
    var overlays: [String: FileForm]?
    var expose: [String]?
    var configuration: [ConfigurationForm]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, program, arguments, environment, standardInput, files, words, lines, libraries
        case corpus, bounds, phases, server, client, companion, user, machine, overlays
        case configuration, prefix, project, expose
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        program = try container.decode(String.self, forKey: .program)
        prefix = try container.decodeIfPresent([String].self, forKey: .prefix)
        project = try container.decodeIfPresent(String.self, forKey: .project)
        arguments = try container.decodeIfPresent([String].self, forKey: .arguments)
        environment = try container.decodeIfPresent([String: String].self, forKey: .environment)
        standardInput = try container.decodeIfPresent(String.self, forKey: .standardInput)
        files = try container.decodeIfPresent([String: FileForm].self, forKey: .files)
        words = try container.decodeIfPresent([String].self, forKey: .words)
        lines = try container.decodeIfPresent([String].self, forKey: .lines)
        libraries = try container.decodeIfPresent([String].self, forKey: .libraries)
        corpus = try container.decodeIfPresent(String.self, forKey: .corpus)
        bounds = try container.decodeIfPresent(BoundsForm.self, forKey: .bounds)
        phases = try container.decodeIfPresent([PhaseForm].self, forKey: .phases)
        server = try container.decodeIfPresent(ServerForm.self, forKey: .server)
        client = try container.decodeIfPresent(ClientForm.self, forKey: .client)
        companion = try container.decodeIfPresent(CompanionForm.self, forKey: .companion)
        user = try container.decodeIfPresent(UserForm.self, forKey: .user)
        machine = try container.decodeIfPresent(MachineForm.self, forKey: .machine)
        overlays = try container.decodeIfPresent([String: FileForm].self, forKey: .overlays)
        expose = try container.decodeIfPresent([String].self, forKey: .expose)
        configuration = try container.decodeIfPresent(
            [ConfigurationForm].self, forKey: .configuration)
    }

    func harness(folder: String, file: String, text: String) throws(HarnessError) -> Harness {
        var base = TestCase()
        let path = try Self.locate(program, folder: folder, file: file, text: text)
        let places = FilePlaces(folder: folder, exposed: expose ?? [])
        let command = FixedWords(prefix, arguments: arguments ?? [], of: path)
        base.arguments = command.arguments.map { Bytes($0.utf8) }
        base.environment =
            environment.map { variables in
                variables.sorted { $0.key < $1.key }.map {
                    .init(name: Bytes($0.key.utf8), value: Bytes($0.value.utf8))
                }
            } ?? Harness.plainEnvironment
        base.standardInput.bytes = Bytes((standardInput ?? "").utf8)
        for (path, form) in (files ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard TestCase.File.isPath(Bytes(path.utf8)) else {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: path, in: text),
                    problem: "\"\(path)\" is no relative path without . and .. components")
            }
            base.files.append(try form.file(at: path, from: places, file: file, text: text))
        }
        var harness = Harness(
            name: name ?? folder.split(separator: "/").last.map(String.init) ?? "target",
            program: path, base: base)
        if let project {
            guard
                let found = ProjectFolder(ResolvedCommand.absolute(project, in: folder), home: nil)
            else {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: "project", in: text),
                    problem: "project names \(project), which is no folder of one program")
            }
            harness.project = found
        }
        command.apply(to: &harness, folder: folder)
        do throws(FilePlaces.Refusal) {
            harness.asked = try places.shown()
        } catch {
            throw HarnessError(
                file: file, line: HarnessError.line(of: "expose", in: text),
                problem: error.description)
        }
        harness.words = (words ?? []).map { Bytes($0.utf8) }
        harness.lines = (lines ?? []).map { Bytes($0.utf8) }
        harness.libraries = try (libraries ?? []).map { name throws(HarnessError) in
            try Self.library(name, folder: folder, file: file, text: text)
        }
        if let corpus {
            let path = corpus.hasPrefix("/") ? corpus : folder + "/" + corpus
            guard let resolved = SmallFile.resolve(path) else {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: "corpus", in: text),
                    problem: "corpus names \(path), where nothing is")
            }
            harness.corpus = resolved
        }
        if let machine { harness.see(machine.view) }
        try bounds?.apply(to: &harness.bounds, file: file, text: text)
        harness.givesTimes = bounds?.givesTimes ?? false
        do throws(HarnessProblem) {
            if let phases {
                harness.phases = try PhaseForm.model(of: phases, named: harness.name)
            }
            for form in configuration ?? [] {
                harness.configuration.append(try form.configuration(of: base))
            }
        } catch {
            throw HarnessError(
                file: file, line: HarnessError.line(of: error.field, in: text),
                problem: error.problem)
        }
        server?.apply(to: &harness)
        client?.apply(to: &harness)
        if let companion {
            harness.companion = .init(
                program: try Self.locate(
                    companion.program, field: "companion", folder: folder, file: file, text: text))
            companion.apply(to: &harness)
        }
        harness.user = user?.user ?? .ordinary
        try harness.replace(overlays ?? [:], from: places, file: file, text: text)
        return harness
    }

    /// Names with a slash are relative to the harness's folder, others the loader looks up.
    private static func library(
        _ name: String, folder: String, file: String, text: String
    ) throws(HarnessError) -> String {
        guard name.contains("/") else { return name }
        let path = name.hasPrefix("/") ? name : folder + "/" + name
        guard let resolved = SmallFile.resolve(path) else {
            throw HarnessError(
                file: file, line: HarnessError.line(of: name, in: text),
                problem: "libraries names \(path), where nothing is")
        }
        return resolved
    }

    /// Names with a slash are relative to the harness's folder, others are looked up in `PATH`.
    private static func locate(
        _ program: String, field: String = "program", folder: String, file: String, text: String
    ) throws(HarnessError) -> String {
        if program.hasPrefix("/") { return program }
        if program.contains("/") {
            let path = folder + "/" + program
            return SmallFile.resolve(path) ?? path
        }
        do {
            return try Executable.find(program)
        } catch {
            throw HarnessError(
                file: file, line: HarnessError.line(of: field, in: text),
                problem: "no program named \(program) is installed; install it or give its path")
        }
    }
}

/// Times in seconds, sizes in bytes.
private struct BoundsForm: Decodable {
    enum Field: String, CodingKey, CaseIterable {
        case cpuTime, wallTime, blockedTime, memory, processes, events, scratchSize

        var isTime: Bool { [.cpuTime, .wallTime, .blockedTime].contains(self) }

        var range: ClosedRange<Double> {
            switch self {
            case .cpuTime, .wallTime, .blockedTime: 0.01...3600
            case .memory: 0x1p20...0x1p50
            case .processes: 1...4096
            case .events: 100...10_000_000
            case .scratchSize: 0x1p20...0x1p34
            }
        }

        func allows(_ value: Double) -> Bool {
            range.contains(value) && (isTime || value == value.rounded())
        }

        /// What ``allows(_:)`` says, in words.
        var rule: String {
            guard !isTime else { return "from 0.01 to 3600 seconds" }
            return "a whole number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
        }
    }

    private var values: [Field: Double] = [:]

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: Field.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: Field.self)
        for field in Field.allCases {
            values[field] = try container.decodeIfPresent(Double.self, forKey: field)
        }
    }

    /// Whether it says how long an execution may take.
    var givesTimes: Bool { values[.cpuTime] != nil || values[.wallTime] != nil }

    func apply(to bounds: inout Harness.Bounds, file: String, text: String) throws(HarnessError) {
        for field in Field.allCases {
            guard let value = values[field] else { continue }
            guard field.allows(value) else {
                throw HarnessError(
                    file: file, line: HarnessError.line(of: field.rawValue, in: text),
                    problem: "\(field.rawValue) must be \(field.rule)")
            }
            switch field {
            case .cpuTime: bounds.cpuTime = .seconds(value)
            case .wallTime: bounds.wallTime = .seconds(value)
            case .blockedTime: bounds.blockedTime = .seconds(value)
            case .memory: bounds.memory = UInt64(value)
            case .processes: bounds.processes = Int(value)
            case .events: bounds.events = Int(value)
            case .scratchSize: bounds.scratchSize = UInt64(value)
            }
        }
    }
}

/// Refuses fields that would otherwise be ignored silently.
enum FieldNames {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static func check(_ decoder: any Decoder, allowed: [String]) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys where !allowed.contains(key.stringValue) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container,
                debugDescription: "no such field; allowed are " + allowed.joined(separator: ", "))
        }
    }
}
