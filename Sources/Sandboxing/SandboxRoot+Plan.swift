internal import CLinux
internal import Platform

extension SandboxRoot {
    /// What the worker is told by its coordinator.
    package struct Plan: Sendable, Codable {
        package var exposures: [Exposure]
        /// Bytes that all writable places hold together.
        package var scratchSize: UInt64
        /// What is not shown of the machine; nil where a campaign was made before there was such.
        private var hidden: [String]?
        /// What was asked for by name all the same.
        private var asked: [String]?
        /// What the target sees in the place of the machine's files; nil where a campaign was made
        /// without any, like the next.
        package var overlays: [Overlay]?
        private var targetUser: TargetUser?
        private var machineView: MachineView?
        /// The mounts of the machine that a writable one is made of, the root first.
        package private(set) var machineMounts: [String]?

        /// Whom targets run as.
        package var user: TargetUser { targetUser ?? .ordinary }

        /// How they see the machine's files.
        package var machine: MachineView { machineView ?? .readOnly }

        package init(
            exposures: [Exposure], hiding hidden: HiddenPlaces, scratchSize: UInt64,
            user: TargetUser = .ordinary, machine: MachineView = .readOnly,
            overlays: [Overlay] = []
        ) {
            self.exposures = exposures
            self.scratchSize = scratchSize
            self.overlays = overlays.isEmpty ? nil : overlays
            targetUser = user == .ordinary ? nil : user
            machineView = machine == .readOnly ? nil : machine
            asked = hidden.asked.isEmpty ? nil : hidden.asked.sorted()
            hide(hidden)
        }

        private mutating func hide(_ places: HiddenPlaces) {
            let places = places.adding(inside: exposures.map(\.path))
            hidden = places.paths.sorted()
            machineMounts = machine == .readOnly ? nil : Self.mounts(without: places)
        }

        /// What is not shown of the machine.
        var hiddenPlaces: HiddenPlaces { HiddenPlaces(paths: Set(hidden ?? [])) }

        /// The same sandbox on the machine as it is now.
        ///
        /// - Parameter needed: what has to be exposed of what is hidden by now.
        package func renewed(
            needing needed: (HiddenPlaces, MachineView) -> [Exposure]
        ) -> Plan {
            var plan = self
            let hidden = HiddenPlaces.ofMachine(besides: asked ?? [])
            plan.exposures += needed(hidden, machine).filter { !exposures.contains($0) }
            plan.hide(hidden)
            return plan
        }

        /// How targets saw the machine otherwise in another sandbox: what it had; nil where they saw
        /// it alike.
        package func difference(from other: Plan) -> String? {
            if other.user != user { return "user \(other.user.name)" }
            if other.machine != machine { return "a \(other.machine.rawValue) machine" }
            return other.overlays == overlays ? nil : "other overlays"
        }

        private static func mounts(without hidden: HiddenPlaces) -> [String] {
            let table = MountTable((try? SmallFile.text("/proc/self/mountinfo")) ?? "")
            let shown = table.ofMachine.filter { path in
                !hidden.paths.contains { path == $0 || path.hasPrefix($0 + "/") }
            }
            return Array(shown.prefix(Int(CLINUX_MOUNT_LIMIT)))
        }
    }
}
