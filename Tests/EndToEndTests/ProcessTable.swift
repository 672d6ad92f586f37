import Foundation
import Glibc

/// The processes of this machine, as `/proc` lists them.
struct ProcessTable {
    struct Entry {
        let id: Int32
        let name: String
        /// A process that nobody has waited for yet has ended all the same.
        let isAlive: Bool
        let parent: Int32
        let group: Int32
        let commandLine: String
    }

    let entries: [Entry]

    init() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        entries = names.compactMap(Int32.init).compactMap(Self.entry)
    }

    /// What still lives of a command: its process group and whatever names the text.
    func remainders(ofGroup group: Int32, naming text: String) -> [Entry] {
        entries.filter {
            $0.isAlive && ($0.group == group || $0.commandLine.contains(text)) && $0.id != getpid()
        }
    }

    /// The workers of a coordinator.
    func workers(of coordinator: Int32) -> [Int32] {
        entries.filter { $0.parent == coordinator && $0.name == "fathom" && $0.isAlive }.map(\.id)
    }

    /// See proc_pid_stat(5): the name stands in parentheses and may hold any character.
    private static func entry(_ id: Int32) -> Entry? {
        guard let stat = text("/proc/\(id)/stat"), let open = stat.firstIndex(of: "("),
            let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[close...].dropFirst(2).split(separator: " ")
        guard fields.count > 2, let parent = Int32(fields[1]), let group = Int32(fields[2]) else {
            return nil
        }
        return Entry(
            id: id, name: String(stat[stat.index(after: open)..<close]),
            isAlive: fields[0] != "Z" && fields[0] != "X", parent: parent, group: group,
            commandLine: text("/proc/\(id)/cmdline") ?? "")
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
