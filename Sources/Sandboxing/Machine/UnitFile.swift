/// The settings of a unit's service, see systemd.service(5).
package struct UnitFile: Sendable {
    private var settings: [(name: String, value: String)] = []

    package init(_ text: String) {
        var isOfService = false
        var pending = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.first == "#" || line.first == ";" { continue }
            if line.last == "\\" {
                pending += line.dropLast() + " "
                continue
            }
            let whole = pending + line
            pending = ""
            if whole.hasPrefix("[") {
                isOfService = whole.hasPrefix("[Service]")
            } else if isOfService, let equals = whole.firstIndex(of: "=") {
                let name = String(whole[..<equals])
                let value = String(whole[whole.index(after: equals)...])
                // An empty value takes back what was said before.
                if value.isEmpty { settings.removeAll { $0.name == name } }
                settings.append((name.filter { $0 != " " }, value))
            }
        }
    }

    /// The last value of a setting.
    package func last(_ name: String) -> String? {
        settings.last { $0.name == name && !$0.value.isEmpty }?.value.split(separator: " ").first
            .map(String.init)
    }

    /// Whether a command of the unit is run as root whatever user the unit names.
    package var isPrivileged: Bool {
        settings.contains { setting in
            setting.name == "ExecStart"
                && setting.value.prefix { "-@:+!|".contains($0) }.contains { "+!".contains($0) }
        }
    }

    /// All values of a setting, of command lines without what says how they are run.
    package func values(_ name: String) -> [String] {
        settings.filter { $0.name == name && !$0.value.isEmpty }.map { setting in
            String(setting.value.drop { "-@:+!| ".contains($0) })
        }
    }

    package func words(_ name: String) -> [String] {
        values(name).flatMap { $0.split(separator: " ").map(String.init) }
    }
}
