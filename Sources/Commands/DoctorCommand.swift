internal import Reporting
internal import Texts

/// `fathom doctor`: whether this machine has what fuzzing needs.
struct DoctorCommand: Command {
    static let name = "doctor"
    static let summary = "Check what fuzzing needs of this machine, and say how to get it."
    static let usage = "[--json]"
    static let table = OptionTable<DoctorCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text")
    ])

    var asJSON = false

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.isEmpty else {
            throw UsageError("doctor checks the machine and takes no operands")
        }
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let view = DiagnosisView(MachineChecks.all())
        terminal.print(asJSON ? try Terminal.json(view) : view.text(width: terminal.tableWidth))
        return view.canFuzz ? .success : .environment
    }
}
