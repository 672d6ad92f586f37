internal import Glibc
internal import Mutation
internal import Platform
internal import Store
internal import TestCases

/// Takes test cases from elsewhere into a campaign, where the next `fuzz` executes them.
///
/// Holds the campaign's lock. What was added is safe after each source; taking the same in again
/// adds nothing.
package struct CorpusImport: ~Copyable {
    /// How files are meant where that is not plain.
    package enum FileMeaning: String, CaseIterable, Sendable {
        case automatic, inputs, commands
    }

    private var writer: CampaignWriter
    let base: TestCase
    /// What the target has to do with others.
    let isServer: Bool
    let isClient: Bool
    /// Where an input stands in a test case: the file of that path, or standard input.
    private let inputFile: Bytes?
    private let finder: InvocationFinder
    private let meaning: FileMeaning
    private let files: HostFolder?
    private var waiting: [TestCase] = []
    private var waitingBytes = 0

    /// As many files of one source as anyone fuzzes with; further ones are counted.
    private static let fileLimit = 1_000_000
    private static let folderDepth = 16
    /// Lines at the head of a file by which it is told what it is.
    private static let headLines = 2_000
    /// What is saved at once.
    private static let batchSeeds = 256
    private static let batchBytes = 8 << 20

    /// - Parameter arguments: the command line for imported inputs in place of the campaign's,
    ///   `@@` for the file; nil for the campaign's.
    /// - Parameter files: a folder in which files that command lines name are looked up.
    package static func open(
        _ record: CampaignRecord, arguments: [String]?, meaning: FileMeaning, files: String?
    ) throws -> CorpusImport {
        guard var base = record.base else {
            throw WorkerFailure(
                "cannot import into \(record.folder): its first test case is damaged; restore a "
                    + "copy")
        }
        var inputFile = record.setup.inputFile.map(\.wordBytes)
        if let arguments {
            base.arguments = arguments.map(\.wordBytes)
            inputFile = InputPlace.resolve(in: &base)
        }
        let folder = files.flatMap(HostFolder.init)
        if let files, folder == nil {
            throw WorkerFailure("cannot take files from \(files): there is no such folder")
        }
        return CorpusImport(
            writer: try CampaignWriter.open(record.folder), base: base, inputFile: inputFile,
            finder: InvocationFinder(
                program: record.program, prefix: record.prefix, script: record.setup.script),
            meaning: meaning, files: folder,
            isServer: record.setup.server != nil, isClient: record.setup.client != nil)
    }

    private init(
        writer: consuming CampaignWriter, base: TestCase, inputFile: Bytes?,
        finder: InvocationFinder, meaning: FileMeaning, files: HostFolder?, isServer: Bool,
        isClient: Bool
    ) {
        self.isServer = isServer
        self.isClient = isClient
        self.writer = writer
        self.base = base
        self.inputFile = inputFile
        self.finder = finder
        self.meaning = meaning
        self.files = files
    }

    /// How many test cases wait to be executed, those of earlier imports included.
    package func waitingCount() throws -> Int { try writer.reader.waitingSeedCount() }

    /// Takes a file or a folder in; says what it was and what became of it.
    package mutating func add(_ source: String) throws -> ImportTally {
        var status = stat()
        guard unsafe stat(source, &status) == 0 else {
            throw WorkerFailure(
                "cannot import \(source): \(SystemError.last("open \(source)").reason)")
        }
        var tally: ImportTally
        switch status.st_mode & S_IFMT {
        case S_IFDIR: tally = try addFolder(source)
        case S_IFREG: tally = try addFile(source)
        default:
            throw WorkerFailure(
                "cannot import \(source): it is neither a folder nor a regular file")
        }
        try flush(&tally)
        return tally
    }

    // MARK: Folders

    private mutating func addFolder(_ path: String) throws -> ImportTally {
        let queues = Self.queues(in: path)
        var tally = ImportTally(
            source: path, kind: queues.isEmpty ? "a folder of inputs" : "AFL output")
        var budget = Self.fileLimit
        for queue in queues {
            try addInputs(of: queue, depth: 0, budget: &budget, into: &tally) {
                $0.starts(with: "id:".utf8) || $0.starts(with: "id_".utf8)
            }
        }
        if queues.isEmpty {
            try addInputs(
                of: path, depth: Self.folderDepth, budget: &budget, into: &tally
            ) { $0.first != UInt8(ascii: ".") }
        }
        return tally
    }

    /// The queues of an AFL output folder: its own, or one for each of its instances.
    private static func queues(in path: String) -> [String] {
        func isQueue(_ folder: String) -> Bool {
            HostFolder.names(in: folder, limit: 64).contains { $0.starts(with: "id:".utf8) }
        }
        if isQueue(path) { return [path] }
        if isQueue(path + "/queue") { return [path + "/queue"] }
        return HostFolder.names(in: path, limit: 1_024)
            .compactMap { String(validating: $0, as: UTF8.self) }.sorted()
            .map { "\(path)/\($0)/queue" }.filter(isQueue)
    }

    /// The regular files of a folder in the order of their names, links left out.
    private mutating func addInputs(
        of folder: String, depth: Int, budget: inout Int, into tally: inout ImportTally,
        where isInput: (Bytes) -> Bool
    ) throws {
        let names = HostFolder.names(in: folder, limit: budget + 1).sorted {
            $0.lexicographicallyPrecedes($1)
        }
        for name in names {
            guard budget > 0 else {
                tally.skip("beyond \(Self.fileLimit) files")
                return
            }
            budget -= 1
            guard isInput(name) else { continue }
            guard let text = String(validating: name, as: UTF8.self) else {
                tally.skip("a name that is no UTF-8")
                continue
            }
            let path = folder + "/" + text
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                guard depth > 0 else { continue }
                try addInputs(
                    of: path, depth: depth - 1, budget: &budget, into: &tally, where: isInput)
            } else if status.st_mode & S_IFMT == S_IFREG {
                try addInput(path, into: &tally)
            }
        }
    }

    /// One file as an input, or as the test case that it spells.
    private mutating func addInput(_ path: String, into tally: inout ImportTally) throws {
        // Escapes make a test case's text four times as long as what it holds.
        guard let bytes = try? SmallFile.read(path, limit: InputLimits.treeBytes * 4 + 1) else {
            tally.skip("a file that cannot be read")
            return
        }
        if bytes.starts(with: "fathom-test-case ".utf8) {
            guard let testCase = try? TestCase(inlineText: bytes) else {
                tally.skip("a test case that cannot be read")
                return
            }
            try take(completed(testCase), into: &tally)
            return
        }
        var testCase = base
        if let inputFile {
            InputPlace.put(bytes, at: inputFile, in: &testCase)
        } else {
            testCase.standardInput.bytes = bytes
        }
        try take(testCase, into: &tally)
    }

    private func completed(_ seed: TestCase) -> TestCase {
        Harness(name: "", program: "", base: base).completed(seed)
    }

    // MARK: Files

    private mutating func addFile(_ path: String) throws -> ImportTally {
        if meaning != .inputs, Self.isCapture(path) { return try addCapture(path) }
        let kind = try meaning == .inputs ? nil : recordKind(of: path)
        guard let kind else {
            var tally = ImportTally(source: path, kind: "one input")
            try addInput(path, into: &tally)
            return tally
        }
        var tally = ImportTally(
            source: path, kind: kind == .history ? "a shell's history" : "a log of commands")
        var lines = try LineReader.open(path)
        var records = CommandRecords(kind)
        while let line = lines.next() {
            for record in records.take(line) { try take(record, into: &tally) }
        }
        if let record = records.finish() { try take(record, into: &tally) }
        tally.skip("a line of more than a megabyte", lines.tooLong + records.tooLong)
        if lines.isCut { tally.skip("the rest of the file, of which a gigabyte is read at most") }
        return tally
    }

    /// What the first lines say that the file is; nil for an input. A history without times is
    /// known by its name, or by a line that starts the target.
    private func recordKind(of path: String) throws -> CommandRecords.Kind? {
        var lines = try LineReader.open(path)
        var startsTarget = path.hasSuffix("history") || meaning == .commands
        for _ in 0..<Self.headLines {
            guard let line = lines.next() else { break }
            if line.starts(with: "fathom-test-case ".utf8) { return nil }
            if let kind = CommandRecords.kind(of: line) { return kind }
            if line.contains(0) { break }
            startsTarget =
                startsTarget
                || !finder.invocations(in: .shell(line, .typed)).invocations.isEmpty
        }
        return startsTarget ? .history : nil
    }

    private mutating func take(_ record: CommandRecord, into tally: inout ImportTally) throws {
        let found = finder.invocations(in: record)
        for obstacle in found.obstacles { tally.skip(obstacle.description) }
        for invocation in found.invocations {
            if let testCase = testCase(of: invocation, &tally) {
                try take(testCase, into: &tally)
            }
        }
    }

    private func testCase(of invocation: Invocation, _ tally: inout ImportTally) -> TestCase? {
        var testCase = base
        testCase.arguments = invocation.arguments
        for variable in invocation.variables {
            testCase.environment.removeAll { $0.name == variable.name }
            testCase.environment.append(variable)
        }
        for file in files?.files(namedBy: invocation.arguments) ?? [] {
            testCase.files.removeAll { $0.path == file.path && file.kind != .directory }
            if !testCase.files.contains(where: { $0.path == file.path }) {
                testCase.files.append(file)
            }
        }
        switch invocation.input {
        case .unknown: break
        case .bytes(let bytes):
            testCase.standardInput.bytes = bytes
            testCase.standardInput.kind = .pipe
        case .file(let name):
            let ofTree = testCase.files.first { $0.path == name }.flatMap { file -> Bytes? in
                guard case .regular(let bytes) = file.kind else { return nil }
                return bytes
            }
            let nothing = name.elementsEqual("/dev/null".utf8) ? Bytes() : nil
            guard let bytes = nothing ?? files?.content(of: name) ?? ofTree else {
                tally.skip("an input file that is not at hand; see --files")
                return nil
            }
            testCase.standardInput = .init(kind: .file, bytes: bytes)
        }
        return testCase
    }

    // MARK: Queueing

    mutating func take(_ testCase: TestCase, into tally: inout ImportTally) throws {
        if let excess = InputLimits.excess(of: testCase) {
            tally.skip(excess)
            return
        }
        waiting.append(testCase)
        waitingBytes += testCase.size
        if waiting.count >= Self.batchSeeds || waitingBytes >= Self.batchBytes {
            try flush(&tally)
        }
    }

    mutating func flush(_ tally: inout ImportTally) throws {
        guard !waiting.isEmpty else { return }
        let added = try writer.enqueue(waiting)
        tally.queued += added
        tally.known += waiting.count - added
        waiting = []
        waitingBytes = 0
    }
}

extension Invocation.Obstacle {
    /// A clause for people.
    fileprivate var description: String {
        switch self {
        case .expansion: "words that only the shell could expand"
        case .input: "an input that only the shell could make"
        case .syntax: "a quote or bracket without its end"
        case .cut: "strings that strace cut; give it -s 65536"
        }
    }
}
