import Foundation
import Policies
import Syscalls
import Testing
import Traces

/// Exports loaded by those that they are for: what was seen passes, what was not is refused.
@Suite("Consumers of exports", .enabled(if: TestMachine.canSandbox, "strace may not trace here"))
struct ConsumerTests {
    /// A program that takes an export, with all that it needs around it.
    enum Consumer: String, CaseIterable, Sendable {
        case bubblewrap, runc, podman, firejail, systemd

        var format: ExportFormat {
            switch self {
            case .bubblewrap: .bpf
            case .runc: .oci
            case .podman: .docker
            case .firejail: .firejail
            case .systemd: .systemd
            }
        }

        /// What becomes of a call with arguments that were not seen.
        var otherArguments: String {
            switch self {
            case .bubblewrap: "keepcaps 1"
            // What the rules for the call do not say gets the default answer.
            case .runc, .podman: "keepcaps 38"
            // They have no words for arguments.
            case .firejail, .systemd: "keepcaps 0"
            }
        }

        /// Runs `PROBE WORDS…` below the folder, under the profile unless it is nil.
        func run(
            _ words: [String], profile: URL?, in folder: URL
        ) throws -> TestMachine.Outcome {
            let script =
                switch self {
                case .bubblewrap: Self.bubblewrapScript
                case .runc: Self.runcScript
                case .podman: Self.podmanScript
                case .firejail: Self.firejailScript
                case .systemd: Self.systemdScript
                }
            return try TestMachine.shell(
                script, [folder.path, profile?.path ?? ""] + words)
        }

        private static let bubblewrapScript = """
            folder=$1 profile=$2; shift 2
            set -- --bind / / --dev-bind /dev /dev ${profile:+--seccomp 9} -- \
                "$folder/probe" "$@"
            if [ "$profile" ]; then exec bwrap "$@" 9<"$profile"; else exec bwrap "$@"; fi
            """

        private static let runcScript = """
            set -e; folder=$1 profile=$2; shift 2
            rm -rf "$folder/bundle"; mkdir -p "$folder/bundle/rootfs"; cd "$folder/bundle"
            cp "$folder/probe" rootfs/probe
            runc spec
            exec python3 - "$profile" "$@" <<'END'
            import json, subprocess, sys, uuid
            with open("config.json") as file: spec = json.load(file)
            spec["process"].update(
                terminal=False, noNewPrivileges=True, args=["/probe"] + sys.argv[2:])
            if sys.argv[1]:
                with open(sys.argv[1]) as file: spec["linux"]["seccomp"] = json.load(file)
            with open("config.json", "w") as file: json.dump(spec, file)
            sys.exit(subprocess.run(
                ["runc", "--root", "state", "run", "fathom-" + uuid.uuid4().hex],
                stdin=subprocess.DEVNULL).returncode)
            END
            """

        private static let podmanScript = """
            folder=$1 profile=$2; shift 2
            # Its name may have 50 characters.
            run=$(mktemp -d /tmp/fathom-XXXXXX); trap 'rm -rf "$run"' EXIT
            podman() {
                command podman --root "$folder/root" --runroot "$run" \\
                    --storage-driver vfs --runtime runc --cgroup-manager cgroupfs "$@"
            }
            tar -c -C "$folder" probe | podman import --quiet - fathom-probe:1 >/dev/null || exit 1
            podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \\
                --security-opt no-new-privileges ${profile:+--security-opt "seccomp=$profile"} \\
                fathom-probe:1 /probe "$@"
            """

        private static let firejailScript = """
            folder=$1 profile=$2; shift 2
            if [ "$profile" ]; then option=--profile=$profile; else option=--noprofile; fi
            exec firejail --quiet "$option" "$folder/probe" "$@"
            """

        private static let systemdScript = """
            folder=$1 profile=$2; shift 2
            mkdir -p "$folder/out"; rm -f "$folder/out/text"
            {
                printf '[Unit]\\nDefaultDependencies=no\\nSuccessAction=exit\\nFailureAction=exit\\n'
                if [ "$profile" ]; then cat "$profile"; else echo '[Service]'; fi
                printf 'Type=oneshot\\nExecStart=/probe/probe %s\\n' "$*"
                printf 'StandardOutput=file:/out/text\\n'
            } >"$folder/probe.service"
            timeout -s KILL 60 systemd-nspawn -q --register=no --keep-unit --private-network \\
                --volatile=yes -D / -b --bind="$folder/out:/out" \\
                --bind-ro="$folder/probe:/probe/probe" \\
                --bind-ro="$folder/probe.service:/etc/systemd/system/probe.service" \\
                systemd.unit=probe.service </dev/null >/dev/null 2>&1
            status=$?; cat "$folder/out/text"; exit $status
            """

        /// Whether it can run the probe here at all, without a profile.
        static let usable: [Consumer] = {
            let outcome = try? TestMachine.inScratch { folder in
                try ConsumerTests.build(in: folder)
                return allCases.filter { consumer in
                    let outcome = try? consumer.run(["plain"], profile: nil, in: folder)
                    return outcome?.output.contains("plain 0\n") == true
                }
            }
            return outcome ?? []
        }()
    }

    /// Static, as a container has no libraries.
    @discardableResult
    static func build(in folder: URL) throws -> String {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Programs/probe.c").path
        let probe = folder.appendingPathComponent("probe").path
        let outcome = try TestMachine.shell(
            "exec \"$@\"", [TestMachine.clang ?? "clang", "-O1", "-static", source, "-o", probe])
        #expect(outcome.status == 0, "\(outcome.output)")
        return probe
    }

    /// What a container runtime calls behind its own filter, as the export says.
    static let runtimeCalls = [
        "close", "epoll_ctl", "fcntl", "fstatfs", "futex", "getdents64", "getpid", "openat",
        "write",
        "execve",
    ]

    static func policy(of probe: String) throws -> Policy {
        let traced = try TestMachine.shell(
            "strace -f -qq -e signal=none -o \"$1.log\" -- \"$1\" plain dumpable >/dev/null && cat \"$1.log\"",
            [probe])
        #expect(traced.status == 0, "\(traced.output)")
        let names = traced.output.split(separator: "\n").compactMap { line -> String? in
            let call = line.drop { $0.isNumber || $0 == " " }
            return call.firstIndex(of: "(").map { String(call[..<$0]) }
        }
        #expect(names.contains("prctl"))
        let seen = Set(names + runtimeCalls).subtracting(["prctl"])
            .filter { SyscallNumber(name: $0) != nil }
        // PR_GET_DUMPABLE
        return try PolicyFixture.policy(
            seen.map { PolicyFixture.observation($0) }
                + [PolicyFixture.observation("prctl", choices: [[3]])],
            options: Policy.Options(arguments: true))
    }

    private static func check(_ consumer: Consumer) throws {
        try TestMachine.inScratch { folder in
            let policy = try policy(of: build(in: folder))
            let file = try #require(try policy.export(consumer.format).first)
            let profile = folder.appendingPathComponent(file.name)
            try Data(file.bytes).write(to: profile)
            let outcome = try consumer.run(
                ["plain", "dumpable", "ptrace", "mount", "keepcaps"], profile: profile,
                in: folder)
            let lines = outcome.output.split(separator: "\n").map(String.init)
            #expect(lines.contains("plain 0"), "\(outcome.output)")
            #expect(lines.contains("dumpable 0"), "\(outcome.output)")
            #expect(lines.contains("ptrace 1"), "\(outcome.output)")
            #expect(lines.contains("mount 1"), "\(outcome.output)")
            #expect(lines.contains(consumer.otherArguments), "\(outcome.output)")
        }
    }

    @Test(
        "bubblewrap lets through what was seen and refuses what was not",
        .timeLimit(.minutes(30)),
        .enabled(
            if: Consumer.usable.contains(.bubblewrap), "bubblewrap cannot run a program here"))
    func bubblewrap() throws { try Self.check(.bubblewrap) }

    @Test(
        "runc lets through what was seen and refuses what was not", .timeLimit(.minutes(30)),
        .enabled(if: Consumer.usable.contains(.runc), "runc cannot run a program here"))
    func runc() throws { try Self.check(.runc) }

    @Test(
        "podman lets through what was seen and refuses what was not", .timeLimit(.minutes(30)),
        .enabled(if: Consumer.usable.contains(.podman), "podman cannot run a program here"))
    func podman() throws { try Self.check(.podman) }

    @Test(
        "firejail lets through what was seen and refuses what was not", .timeLimit(.minutes(30)),
        .enabled(if: Consumer.usable.contains(.firejail), "firejail cannot run a program here"))
    func firejail() throws { try Self.check(.firejail) }

    @Test(
        "systemd lets through what was seen and refuses what was not", .timeLimit(.minutes(30)),
        .enabled(if: Consumer.usable.contains(.systemd), "systemd cannot be started here"))
    func systemd() throws { try Self.check(.systemd) }
}
