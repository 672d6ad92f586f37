internal import Syscalls
package import Traces

/// The forms in which a policy leaves.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// The `linux.seccomp` object of the OCI runtime specification: runc, crun, podman.
    case oci
    /// A Docker, podman or containerd profile: the same, with the reason for each list of names.
    case docker
    /// A profile for the kubelet's seccomp folder, which a pod names as `Localhost`.
    case kubernetes
    /// An object of the Kubernetes Security Profiles Operator.
    case operatorProfile = "spo"
    /// A drop-in for a systemd service.
    case systemd
    /// The kernel's own instructions: bubblewrap, minijail, our enforcer.
    case bpf
    /// nsjail's policy language.
    case kafel
    case minijail
    case firejail
    /// The kernel's instructions as a C array.
    case header
    /// For people to review.
    case text
    /// Everything that is known, for `enforce`, `check` and `diff`.
    case policy

    var fileExtension: String {
        switch self {
        case .oci: "oci.json"
        case .docker: "docker.json"
        case .kubernetes: "kubernetes.json"
        case .operatorProfile: "spo.json"
        case .systemd: "conf"
        case .bpf: "bpf"
        case .kafel: "kafel"
        case .minijail: "minijail.policy"
        case .firejail: "firejail.inc"
        case .header: "h"
        case .text: "txt"
        case .policy: "policy.json"
        }
    }
}

/// A file that an export consists of.
package struct ExportedFile: Hashable, Sendable {
    /// Without a directory, such as `diff.root.work.bpf`.
    package let name: String
    /// The phase of a role that it is for; nil for the whole life.
    package let role: Role?
    package let phase: Phase?
    package let bytes: [UInt8]
}

extension Policy {
    /// The files of a format: first the one for the whole life, then one for each phase of each
    /// role; a single one for ``ExportFormat/policy``.
    ///
    /// Equal policies give equal bytes. Throws when the format's consumers would drop a name that
    /// the policy needs.
    package func export(_ format: ExportFormat) throws(PolicyError) -> [ExportedFile] {
        let stem = Self.fileNamePart(target.name)
        guard format != .policy else {
            return [file("\(stem).policy.json", try canonicalBytes)]
        }
        var files = [
            file(
                "\(stem).\(format.fileExtension)",
                try bytes(of: wholeLife, in: format, title: "whole life"))
        ]
        for part in phases {
            let names = [part.role.name, part.phase.name].map(Self.fileNamePart)
            let name = "\(stem).\(names[0]).\(names[1])"
            files.append(
                ExportedFile(
                    name: "\(name).\(format.fileExtension)", role: part.role,
                    phase: part.phase,
                    bytes: try bytes(
                        of: part.rules, in: format,
                        title: "phase \(part.phase) of role \(part.role.name)")))
        }
        return files
    }

    private func file(_ name: String, _ bytes: [UInt8]) -> ExportedFile {
        ExportedFile(name: name, role: nil, phase: nil, bytes: bytes)
    }

    private func bytes(
        of rules: RuleSet, in format: ExportFormat, title: String
    ) throws(PolicyError) -> [UInt8] {
        switch format {
        case .oci, .kubernetes:
            try ContainerProfile(rules, options.denial, comments: false).bytes
        case .operatorProfile:
            try OperatorProfile(
                ContainerProfile(rules, options.denial, comments: false), of: target, title: title
            ).bytes
        case .docker: try ContainerProfile(rules, options.denial, comments: true).bytes
        case .systemd: try Array(serviceDropIn(for: rules, title: title).utf8)
        case .bpf: try FilterProgram(ActionMap(rules: rules, denial: options.denial)).bytes
        case .kafel: Array(kafel(for: rules, title: title).utf8)
        case .minijail: try Array(minijail(for: rules, title: title).utf8)
        case .firejail: try Array(firejail(for: rules, title: title).utf8)
        case .header: try Array(header(for: rules, title: title).utf8)
        case .text: Array(review(of: rules, title: title).utf8)
        case .policy: try canonicalBytes
        }
    }
}

extension Policy {
    /// What the consumer of a format does otherwise than the policy says, a sentence each; for
    /// whoever exports.
    package func shortcomings(of format: ExportFormat) -> [String] {
        var sentences: [String] = []
        if format != .policy, phases.count > 1 {
            sentences.append(
                "\(format.rawValue) has one filter for the whole life; fathom enforce changes it by "
                    + "phase")
        }
        if let commandLine = target.commandLine {
            sentences.append(
                "the policy begins with \(commandLine.joined(separator: " ")): whatever stands in "
                    + "front of that, such as env, a shim or a shell, makes calls that it lacks"
                    + (format == .policy ? "; fathom enforce starts the program without it" : ""))
        }
        let failsUnknown = options.denial == .error
        let tested = wholeLife.entries.filter { $0.arguments != nil }.map(\.syscall.name)
        if !tested.isEmpty { sentences += argumentShortcomings(of: format, tested) }
        switch format {
        case .systemd:
            sentences.append(
                "systemd allows execve, exit, exit_group, getrlimit, rt_sigreturn and queries of "
                    + "time besides")
        case .firejail where failsUnknown:
            sentences.append("firejail fails calls newer than the policy with EPERM, not ENOSYS")
        case .minijail where failsUnknown:
            sentences.append("minijail kills at calls newer than the policy, as it has no default")
        case .oci, .docker, .kubernetes, .operatorProfile:
            sentences.append(
                "the runtime's own calls are not in the profile: start the container with "
                    + "no_new_privs, with which runc needs close epoll_ctl fcntl fstatfs futex "
                    + "getdents64 getpid openat write besides")
        default: break
        }
        return sentences
    }
}

extension Policy {
    private func argumentShortcomings(of format: ExportFormat, _ calls: [String]) -> [String] {
        let names = calls.joined(separator: ", ")
        switch format {
        case .systemd, .firejail:
            return [
                "\(format.rawValue) has no rules for arguments: \(names) pass with any"
            ]
        case .minijail:
            return [
                "minijail compares all 64 bits of an argument, where the kernel takes the lower half "
                    + "of most: a program that leaves something in the upper one is refused"
            ]
        case .oci, .docker, .kubernetes, .operatorProfile:
            guard options.denial == .error else { return [] }
            return [
                "other arguments of \(names) fail with ENOSYS, the default, as a runtime has one "
                    + "answer beside that of the rules for a call"
            ]
        case .bpf, .kafel, .header, .text, .policy: return []
        }
    }
}
