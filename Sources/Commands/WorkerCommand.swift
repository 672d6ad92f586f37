internal import Campaigns

/// The hidden command by which a coordinator starts workers from its own binary.
struct WorkerCommand: Command {
    static let name = "worker"
    static let summary = "Serve a coordinator; fuzz starts these by itself."
    static let usage = ""
    static let isHidden = true
    static let table = OptionTable<WorkerCommand>([])

    func accept(operands: [String]) throws(UsageError) {
        guard operands.isEmpty else { throw UsageError("worker is not a command for people") }
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        WorkerProcess.main() == 0 ? .success : .environment
    }
}
