import Testing
import Tracing

@Suite("Signals that a process takes")
struct SignalSetTests {
    @Test("those with a handler and those that are blocked, of proc_pid_status(5)")
    func status() throws {
        let status =
            "Name:\tx\nSigPnd:\t0000000000000002\nSigBlk:\t0000000000000001\n"
            + "SigIgn:\t0000000000001000\nSigCgt:\t8000000000004002\nCapInh:\t00000000000000ff\n"
        let signals = try #require(SignalSet(status: status))
        #expect((0...70).filter { signals.contains($0) } == [1, 2, 15, 64])
        #expect(SignalSet(status: "Name:\tx\n") == nil)
    }
}
