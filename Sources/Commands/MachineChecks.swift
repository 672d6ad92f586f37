internal import Campaigns
internal import Glibc
internal import Platform
internal import Reporting
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

/// What `doctor` looks at, from settings that can be read to things that are tried.
enum MachineChecks {
    typealias Check = DiagnosisView.Check

    static func all() -> [Check] {
        [
            architecture(), kernel(), tracing(), userNamespaces(), memoryFileSystem(),
        ] + sandbox() + [targetsAsRoot(), cores(), memory(), disk()] + tools()
    }

    // MARK: What fuzzing cannot do without

    private static func architecture() -> Check {
        var name = utsname()
        _ = unsafe uname(&name)
        let machine = unsafe withUnsafeBytes(of: &name.machine) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return machine == "x86_64"
            ? Check("architecture", .ok, machine)
            : Check(
                "architecture", .problem, "\(machine), and only x86_64 is supported",
                remedy: "use an x86-64 machine")
    }

    /// mount_setattr(2), which makes a whole tree read-only at once.
    private static let neededKernel = (major: 5, minor: 12)

    private static func kernel() -> Check {
        let release = text("/proc/sys/kernel/osrelease") ?? "unknown"
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let needed = "\(neededKernel.major).\(neededKernel.minor)"
        guard numbers.count == 2 else {
            return Check("kernel", .warning, "\(release), of a form that is not known")
        }
        return (numbers[0], numbers[1]) >= neededKernel
            ? Check("kernel", .ok, "\(release), \(needed) is needed")
            : Check(
                "kernel", .problem, "\(release) has no mount_setattr, which came with \(needed)",
                remedy: "boot Linux \(needed) or newer")
    }

    private static func tracing() -> Check {
        let scope = text("/proc/sys/kernel/yama/ptrace_scope").flatMap { Int($0) } ?? 0
        do throws(TracingError) {
            let launch = Launch(
                path: trivialProgram, arguments: [Bytes("true".utf8)], environment: [],
                descriptors: [])
            var session = TraceSession()
            let trace = try session.run(launch, options: TraceOptions())
            guard !trace.events.isEmpty else {
                return Check("ptrace", .problem, "tracing \(trivialProgram) shows no system call")
            }
            return Check("ptrace", .ok, "traced \(trivialProgram), ptrace_scope is \(scope)")
        } catch {
            return Check("ptrace", .problem, "\(error)", remedy: tracingRemedy(scope: scope))
        }
    }

    private static func tracingRemedy(scope: Int) -> String {
        if scope >= 3 {
            return "set kernel.yama.ptrace_scope=1 in /etc/sysctl.d and reboot: 3 cannot be undone"
        }
        if scope == 2 { return "as root: sysctl kernel.yama.ptrace_scope=1" }
        return containerRemedy
    }

    private static var containerRemedy: String {
        "in a container, start it with --cap-add SYS_PTRACE --cap-add SYS_ADMIN "
            + "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
    }

    private static func userNamespaces() -> Check {
        let obstacles = UserNamespaces.obstacles
        return obstacles.isEmpty
            ? Check("user namespaces", .ok, "no setting forbids them")
            : Check(
                "user namespaces", geteuid() == 0 ? .warning : .problem,
                "a setting forbids them to ordinary users",
                remedy: "as root: " + obstacles.joined(separator: "; "))
    }

    private static func memoryFileSystem() -> Check {
        let known = text("/proc/filesystems")?.split(separator: "\n").map {
            $0.split { $0 == "\t" || $0 == " " }.last.map(String.init) ?? ""
        }
        let missing = ["tmpfs", "devpts", "proc"].filter { known?.contains($0) == false }
        return missing.isEmpty
            ? Check("file systems", .ok, "tmpfs, devpts and proc are there")
            : Check(
                "file systems", .problem, "the kernel lacks \(missing.joined(separator: ", "))",
                remedy: "boot a kernel that is built with them")
    }

    /// Everything together, as `fuzz` does it.
    private static func sandbox() -> [Check] {
        switch SandboxProbe.run(trivialProgram) {
        case .works(let state):
            let executor = ExecutorView(state)
            return [
                Check("sandbox", .ok, "executed \(trivialProgram) in one"),
                root(unsealed: state.unsealed ?? []), identity(),
                bounds(),
                Check(
                    "fork server", state.usesForkServer ? .ok : .warning,
                    "\(trivialProgram) runs by \(executor.choice)",
                    remedy: state.usesForkServer
                        ? nil : "campaigns work, several times slower; see fathom status of one"),
            ]
        case .fails(let obstacle):
            let obstacles = UserNamespaces.obstacles
            let remedy =
                obstacles.isEmpty
                ? containerRemedy : "as root: " + obstacles.joined(separator: "; ")
            return [Check("sandbox", .problem, obstacle, remedy: remedy)]
        }
    }

    /// What keeps a target from the machine's sockets, FIFOs and locks.
    private static func root(unsealed: [String]) -> Check {
        guard !unsealed.isEmpty else {
            return Check(
                "root", .ok,
                "targets see the machine's files through overlays, without homes and credentials")
        }
        let paths = unsealed.prefix(3).joined(separator: ", ") + (unsealed.count > 3 ? ", …" : "")
        return Check(
            "root", .warning,
            "no overlay can be made of \(paths): sockets and FIFOs that are there when a worker "
                + "starts are covered, later ones are not",
            remedy: "boot Linux 5.11 or newer; some file systems cannot be below an overlay")
    }

    /// Whose files a target's are, outside of its sandbox.
    private static func identity() -> Check {
        geteuid() == 0
            ? Check("identity", .ok, "targets have ids of their own, which nobody has here")
            : Check(
                "identity", .ok,
                "targets have this user's id here, so what only this user may read is hidden; of a "
                    + "fathom that is root they have ids of their own")
    }

    /// What counts the memory of targets.
    private static func bounds() -> Check {
        let kind = ControlGroup.make(.init(memory: 1 << 30, tasks: 64))?.kind
        return switch kind {
        case .unified:
            Check("bounds", .ok, "a control group bounds the memory and tasks of each worker")
        case .separate(countsTasks: true):
            Check(
                "bounds", .ok,
                "control groups of the older kind bound the memory and tasks of each worker")
        case .separate(countsTasks: false):
            Check(
                "bounds", .ok,
                "a control group of the older kind bounds the memory of each worker; its tasks are "
                    + "counted by looking at them")
        case nil:
            Check(
                "bounds", .warning,
                "no control group can be made here: memory is what processes show of it, without "
                    + "files in memory that none maps and without page tables",
                remedy: "run it as root, or under systemd-run --user --scope -p Delegate=yes")
        }
    }

    private static let trivialProgram = "/bin/true"

    private static func targetsAsRoot() -> Check {
        do throws(SandboxError) {
            try TargetUser.root.check()
            return Check("root targets", .ok, "a harness may have user: \"root\"")
        } catch {
            return Check(
                "root targets", .ok, "a harness with user: \"root\" needs a fathom that is root")
        }
    }

    // MARK: How well it will work

    private static func cores() -> Check {
        let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return Check(
            "processors", .ok,
            count == 1
                ? "1; --jobs beyond it gains nothing" : "\(count); fuzz uses one for each of --jobs"
        )
    }

    /// The memory that one worker's scratch tree and its target may take together, roughly.
    private static let workerMemory = 256

    private static func memory() -> Check {
        let line = text("/proc/meminfo")?.split(separator: "\n").first {
            $0.hasPrefix("MemAvailable:")
        }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return Check("memory", .warning, "how much is available cannot be read") }
        let megabytes = kilobytes / 1024
        return megabytes >= workerMemory
            ? Check("memory", .ok, "\(Figures.count(megabytes)) MB available")
            : Check(
                "memory", .warning, "\(megabytes) MB available, a worker may need \(workerMemory)",
                remedy: "close other programs")
    }

    /// A night's campaign stays well below it.
    private static let campaignSize: UInt64 = 200

    private static func disk() -> Check {
        var status = statvfs()
        guard unsafe statvfs(".", &status) == 0 else {
            return Check("disk", .warning, "the free space of the current folder cannot be read")
        }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        let megabytes = (overflow ? .max : bytes) >> 20
        return megabytes >= campaignSize
            ? Check("disk", .ok, "\(Figures.count(megabytes)) MB free in the current folder")
            : Check(
                "disk", .warning, "only \(megabytes) MB free in the current folder",
                remedy: "make room, or put the campaign elsewhere with --campaign")
    }

    /// Programs that Fathom's own tests compare with.
    private static func tools() -> [Check] {
        [("strace", "strace"), ("bwrap", "bubblewrap")].map { name, package in
            if let path = try? Executable.find(name) {
                Check(name, .ok, "\(path), which only tests use")
            } else {
                Check(
                    name, .ok, "not there, and only tests use it: apt-get install \(package)")
            }
        }
    }

    private static func text(_ path: String) -> String? {
        guard let text = try? SmallFile.text(path) else { return nil }
        return text.last == "\n" ? String(text.dropLast()) : text
    }
}
