internal import Platform
package import Syscalls

/// What the kernel lists of a live process, for tracers without a session.
package enum ProcessFacts {
    /// Where the program's own code begins, behind the loader.
    package static func entryPoint(of process: Int32) -> UInt64? {
        TraceSession.entryPoint(of: process)
    }

    /// The process that a task is of.
    package static func processID(of task: Int32) -> Int32? {
        TraceSession.processID(of: task)
    }

    /// The process that made a process, or adopted it.
    package static func parent(of process: Int32) -> Int32? {
        guard let status = try? SmallFile.text("/proc/\(process)/status") else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line.flatMap { Int32($0.dropFirst(5).drop { $0 == "\t" }) }
    }

    /// The file that a process executes, links resolved.
    package static func image(of process: Int32) -> String {
        TraceSession.image(of: process)
    }

    /// The file and place of an instruction, as mapped now; nil for an address without a mapping.
    package static func site(at address: UInt64, of process: Int32) -> CallSite? {
        guard let listing = try? SmallFile.read("/proc/\(process)/maps") else { return nil }
        var modules: [String] = []
        var space = AddressSpace()
        space.load(listing: listing) { path in
            modules.append(path)
            return Int32(modules.count - 1)
        }
        return space.locate(address).map {
            CallSite(module: modules[Int($0.module)], offset: $0.offset)
        }
    }
}
