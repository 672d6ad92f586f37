internal import Campaigns
struct FuzzCommand: Command {
    static let name = "fuzz"
    static let summary = "x"
    static let usage = ""
    static let takesCommandLine = true
    static let table = OptionTable<FuzzCommand>([])
    var operands: [String] = []
    mutating func accept(operands: [String]) throws(UsageError) {
        self.operands = operands
    }
    func run(in terminal: Terminal) throws -> ExitCode {
        try Trial.run(operands); return .success
    }
}
