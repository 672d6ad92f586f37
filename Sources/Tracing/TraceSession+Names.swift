internal import CLinux
internal import Platform
internal import Syscalls
internal import Traces

/// Reading the names that calls are given, where that is asked for.
extension TraceSession {
    /// So many names of an execution are kept.
    private static let mostNames = 20_000
    private static let longestName = 4096

    /// Keeps what the call that is about to be made names: a file, or an address to take.
    ///
    /// At the entry, since an `execve` that succeeds takes the memory away that the name is in.
    mutating func noteName(of event: Event, at index: Int, task: Int32, process: Int32) {
        guard trace.names.count < Self.mostNames else { return }
        if let place = event.number.pathArgument {
            trace.names[index] = path(of: event, place, task: task, process: process)
        } else if event.number == .bind {
            trace.names[index] = address(of: event, task: task, process: process)
        }
    }

    private func path(
        of event: Event, _ place: SyscallNumber.PathArgument, task: Int32, process: Int32
    ) -> String? {
        var bytes: [UInt8] = []
        // A name may end where the memory does, so no more than a page's rest is read at a time.
        while bytes.count < Self.longestName {
            let address = event.arguments[place.name] &+ UInt64(bytes.count)
            let count = Int(4096 - address % 4096)
            let part = Self.bytes(at: address, of: task, count)
            let name = part.prefix { $0 != 0 }
            bytes += name
            guard part.count == count, name.count == count else { break }
        }
        guard let first = bytes.first else { return nil }
        let name = String(decoding: bytes, as: UTF8.self)
        guard first != UInt8(ascii: "/") else { return name }
        let descriptor = place.folder.map { Int32(truncatingIfNeeded: event.arguments[$0]) }
        let isWorkingDirectory = descriptor == nil || descriptor == -100  // AT_FDCWD
        let folder = isWorkingDirectory ? "cwd" : "fd/\(descriptor ?? 0)"
        return SmallFile.link("/proc/\(process)/\(folder)").map { $0 + "/" + name } ?? name
    }

    private func address(of event: Event, task: Int32, process: Int32) -> String? {
        let length = Int(truncatingIfNeeded: event.arguments[2])
        guard (2...128).contains(length) else { return nil }
        return Endpoint(
            destination: Self.bytes(at: event.arguments[1], of: task, length), of: process,
            descriptor: Int32(truncatingIfNeeded: event.arguments[0]))?.address
    }
}
