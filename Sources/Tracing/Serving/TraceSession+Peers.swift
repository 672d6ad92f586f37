internal import CLinux
internal import Syscalls
internal import TestCases
internal import Traces

/// Being there where a target connects to.
///
/// The address is in the call that is about to be made, so that a socket is opened there before
/// the kernel looks for one: nothing has to be known before, and nobody tries again.
extension TraceSession {
    /// Processes that are no companions and nothing that companions have started.
    var knownProcesses: [Int32] {
        table.processes.filter { $0.liveTasks > 0 }.map(\.id) + table.early + templates
    }

    func isUntraced(_ task: Int32) -> Bool {
        conversation.companions.haveStarted && !table.tasks.contains { $0.id == task }
            && !table.early.contains(task)
    }

    /// Notes where a call connects or sends to, and sees to it that somebody is there.
    mutating func followDestination(_ event: Event, task: Int) {
        let arguments = event.arguments
        switch event.number.rawValue {
        case 42: meet(arguments[1], length: arguments[2], event, task)  // connect
        case 44: meet(arguments[4], length: arguments[5], event, task)  // sendto
        case 46, 307:  // sendmsg, sendmmsg: the name's address and length come first
            let header = Self.bytes(at: arguments[1], of: table[task].id, 16)
            guard header.count == 16 else { return }
            meet(
                Self.word(header, 0), length: Self.word(header, 8) & 0xffff_ffff, event, task)
        default: break
        }
    }

    private mutating func meet(_ address: UInt64, length: UInt64, _ event: Event, _ task: Int) {
        guard address != 0, (2...128).contains(length) else { return }
        let bytes = Self.bytes(at: address, of: table[task].id, Int(length))
        let descriptor = Int32(truncatingIfNeeded: event.arguments[0])
        guard bytes.count == Int(length),
            let endpoint = Endpoint(
                destination: bytes, of: table.processes[table[task].process].id,
                descriptor: descriptor)
        else { return }
        if destinations.count < Self.mostDestinations,
            !destinations.contains(where: { $0.isSame(as: endpoint) })
        {
            destinations.append(endpoint)
        }
        conversation.expect(endpoint)
        if nameServer == nil, endpoint.isOfNameServer { nameServer = NameServer(at: endpoint) }
    }

    private static let mostDestinations = 16
}
