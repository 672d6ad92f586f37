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
        if !unusedDestinations.isEmpty { useDestination(event, task: task) }
        switch event.number.rawValue {
        case 42:  // connect
            meet(arguments[1], length: arguments[2], event, task, isConnecting: true)
        case 44: meet(arguments[4], length: arguments[5], event, task)  // sendto
        case 46, 307:  // sendmsg, sendmmsg: the name's address and length come first
            let header = Self.bytes(at: arguments[1], of: table[task].id, 16)
            guard header.count == 16 else { return }
            meet(
                Self.word(header, 0), length: Self.word(header, 8) & 0xffff_ffff, event, task)
        default: break
        }
    }

    private mutating func meet(
        _ address: UInt64, length: UInt64, _ event: Event, _ task: Int, isConnecting: Bool = false
    ) {
        guard address != 0, (2...128).contains(length) else { return }
        let bytes = Self.bytes(at: address, of: table[task].id, Int(length))
        let descriptor = Int32(truncatingIfNeeded: event.arguments[0])
        let process = table.processes[table[task].process].id
        guard bytes.count == Int(length),
            let endpoint = Endpoint(destination: bytes, of: process, descriptor: descriptor)
        else { return }
        if isConnecting, !endpoint.transport.isStream {
            // Resolvers connect such sockets to see which address of their own the kernel would
            // take, and send nothing: see RFC 6724, and getaddrinfo(3).
            unusedDestinations.removeAll { $0.process == process && $0.descriptor == descriptor }
            if unusedDestinations.count < Self.mostDestinations {
                unusedDestinations.append(
                    UnusedDestination(
                        process: process, descriptor: descriptor, endpoint: endpoint))
            }
        } else {
            note(endpoint)
        }
        conversation.expect(endpoint)
        if nameServer == nil, endpoint.isOfNameServer { nameServer = NameServer(at: endpoint) }
    }

    private mutating func note(_ endpoint: Endpoint) {
        guard destinations.count < Self.mostDestinations,
            !destinations.contains(where: { $0.isSame(as: endpoint) })
        else { return }
        destinations.append(endpoint)
    }

    /// Notes where a datagram socket was connected to, once something is sent by it.
    private mutating func useDestination(_ event: Event, task: Int) {
        switch event.number.rawValue {
        case 1, 20, 44, 46, 307: break  // write, writev, sendto, sendmsg, sendmmsg
        default: return
        }
        let process = table.processes[table[task].process].id
        let descriptor = Int32(truncatingIfNeeded: event.arguments[0])
        guard
            let index = unusedDestinations.firstIndex(where: {
                $0.process == process && $0.descriptor == descriptor
            })
        else { return }
        note(unusedDestinations.remove(at: index).endpoint)
    }

    private static let mostDestinations = 16
}

/// Where a datagram socket is connected to, by which nothing was sent yet.
struct UnusedDestination {
    let process: Int32
    let descriptor: Int32
    let endpoint: Endpoint
}
