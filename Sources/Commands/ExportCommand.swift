internal import Campaigns
internal import Glibc
internal import Platform
internal import Policies
internal import Reporting
internal import Syscalls
internal import Texts
internal import Traces

/// `fathom export`: the policy that a campaign's evidence amounts to, in a consumer's format.
struct ExportCommand: Command {
    static let name = "export"
    static let summary = "Write the learned policy for a container, a service or a filter."
    static let usage = "CAMPAIGN --format FORMAT [options]"
    static let table = OptionTable<ExportCommand>([
        .value(
            "--format", short: "-f", "F", \.format, "oci, docker, systemd, bpf, …; -f list says all"
        ),
        .value("--output", short: "-o", "PATH", \.output, "a file, or a folder for every phase"),
        .value("--tiers", "LIST", \.tiers, "allow these; default what was tried but injected"),
        .value("--static-only", "ACTION", \.staticOnly, "deny (default), log or allow these"),
        .value("--denial", "ACTION", \.denial, "a denied call: error (default), kill, log"),
        .flag("--arguments", \.checksArguments, "allow only the small arguments that were seen"),
        .flag("--no-environment", \.isObservedOnly, "leave out what only machines may cause"),
        .value("--phase", "NAME", \.phase, "only from this phase on, not the whole life"),
        .value("--role", "NAME", \.role, "of this role; default root"),
    ])

    private static let formats =
        "one of " + ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")

    var format: ExportFormat?
    var output: String?
    /// Nil for what the campaign tried, see ``CampaignRecord/allowedTiers``.
    var tiers: [Tier]?
    var staticOnly = Policy.Options.StaticOnly.deny
    var denial = Policy.Options.Denial.error
    var isObservedOnly = false
    var checksArguments = false
    var phase: String?
    var role: String?
    private var campaign = CampaignFolder("")

    mutating func accept(operands: [String]) throws(UsageError) {
        campaign = try .only(operands, of: Self.name)
        guard let format else {
            throw UsageError("export needs --format, \(Self.formats)")
        }
        guard role == nil || phase != nil else {
            throw UsageError("--role needs --phase, as a role has a filter for each phase")
        }
        guard phase == nil || format != .policy else {
            throw UsageError("the policy format holds every phase; leave --phase out")
        }
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        guard let format else { throw UsageError("export needs --format") }
        if format == .bpf, output == nil, terminal.showsOutput {
            throw UsageError("bpf is binary: name a file with -o, or redirect standard output")
        }
        let policy = try makePolicy(try campaign.load())
        let files = try policy.export(format)
        if let folder {
            guard phase == nil else { throw UsageError("-o names a folder, --phase one file") }
            try write(files, into: folder, terminal)
        } else {
            let file = try select(files, policy)
            if let output {
                try OutputFile.create(output).write(bytes: file.bytes)
            } else {
                terminal.pass(file.bytes)
            }
        }
        let remarks = format == .policy ? policy.enforcementRemarks : []
        for warning in ExportWarnings.sentences(policy) + policy.shortcomings(of: format) + remarks
        {
            terminal.note("fathom: \(warning)")
        }
        return .success
    }

    private func makePolicy(_ record: CampaignRecord) throws -> Policy {
        try Policy(
            record,
            options: Policy.Options(
                tiers: tiers.map { Set($0) } ?? record.allowedTiers, staticOnly: staticOnly,
                denial: denial,
                environment: !isObservedOnly, arguments: checksArguments), tool: Fathom.tool)
    }

    /// The folder that the output names, nil when it names a file or nothing.
    private var folder: String? {
        guard let output else { return nil }
        let folder = CampaignFolder(output)
        guard folder.isThere || output.hasSuffix("/") else { return nil }
        return folder.path
    }

    private func write(
        _ files: [ExportedFile], into folder: String, _ terminal: Terminal
    ) throws {
        if unsafe mkdir(folder, 0o777) != 0, errno != EEXIST {
            throw SystemError.last("make the folder \(folder)")
        }
        for file in files {
            let path = folder + "/" + file.name
            try OutputFile.create(path).write(bytes: file.bytes)
            terminal.note("wrote \(path)")
        }
    }

    /// The file for the whole life, or for the phase that was asked for.
    private func select(
        _ files: [ExportedFile], _ policy: Policy
    ) throws -> ExportedFile {
        let wanted = role ?? Role.root.name
        let file = files.first { file in
            phase == nil
                ? file.phase == nil : file.phase?.name == phase && file.role?.name == wanted
        }
        guard let file else {
            let known = policy.phases.map { "\($0.phase) of \($0.role.name)" }
            throw CommandFailure(
                "the campaign has not seen phase \(phase ?? "") of role \(wanted); it has "
                    + known.joined(separator: ", "), code: .negative)
        }
        return file
    }
}
