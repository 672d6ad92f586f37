package import Traces

/// The forms in which a policy leaves.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// The `linux.seccomp` object of the OCI runtime specification: runc, crun, podman.
    case oci
    /// A Docker, podman or containerd profile: the same, with the reason for each list of names.
    case docker
    /// A drop-in for a systemd service.
    case systemd
    /// The kernel's own instructions: bubblewrap, minijail, our enforcer.
    case bpf
    /// Everything that is known, for `enforce`, `check` and `diff`.
    case policy

    var fileExtension: String {
        switch self {
        case .oci: "oci.json"
        case .docker: "docker.json"
        case .systemd: "conf"
        case .bpf: "bpf"
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
        guard format != .policy else {
            return [file("\(target.name).policy.json", try canonicalBytes)]
        }
        var files = [
            file(
                "\(target.name).\(format.fileExtension)",
                try bytes(of: wholeLife, in: format, title: "whole life"))
        ]
        for part in phases {
            let name = "\(target.name).\(part.role.name).\(part.phase)"
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
        case .oci: try ContainerProfile(rules, options.denial, comments: false).bytes
        case .docker: try ContainerProfile(rules, options.denial, comments: true).bytes
        case .systemd: try Array(serviceDropIn(for: rules, title: title).utf8)
        case .bpf: try FilterProgram(ActionMap(rules: rules, denial: options.denial)).bytes
        case .policy: try canonicalBytes
        }
    }
}
