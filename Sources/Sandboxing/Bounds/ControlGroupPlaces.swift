/// Where groups of processes can be made whose memory and tasks the kernel counts together, see
/// cgroups(7): below the group of this process, so that what bounds it bounds them.
package struct ControlGroupPlaces: Hashable, Sendable {
    /// The folder of this process's group in the hierarchy that has all controllers.
    package private(set) var unified: String?
    /// The same in the older hierarchies of one controller each.
    package private(set) var memory: String?
    package private(set) var tasks: String?

    /// From the texts of `/proc/self/cgroup` and `/proc/self/mountinfo`.
    package init(groups: String, mounts: String) {
        let mounts = mounts.split(separator: "\n").compactMap { Mount($0) }
        for line in groups.split(separator: "\n") {
            let parts = line.split(
                separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            func folder(_ controller: Substring?) -> String? {
                mounts.lazy.compactMap { $0.folder(of: parts[2], controller) }.first
            }
            if controllers.isEmpty { unified = folder(nil) }
            if controllers.contains("memory") { memory = folder("memory") }
            if controllers.contains("pids") { tasks = folder("pids") }
        }
    }

    /// A line of `/proc/self/mountinfo`, see proc(5).
    private struct Mount {
        let root: Substring
        let point: Substring
        let type: Substring
        let options: Substring

        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let end = fields.firstIndex(of: "-"), end >= 6, fields.count > end + 3 else {
                return nil
            }
            (root, point) = (fields[3], fields[4])
            (type, options) = (fields[end + 1], fields[end + 3])
        }

        /// Where a group is below the mount; nil where it is not, or the hierarchy is another.
        func folder(of group: Substring, _ controller: Substring?) -> String? {
            if let controller {
                guard type == "cgroup", options.split(separator: ",").contains(controller) else {
                    return nil
                }
            } else if type != "cgroup2" {
                return nil
            }
            guard root == "/" || group.hasPrefix(root) else { return nil }
            let inside = root == "/" ? group : group.dropFirst(root.count)
            guard !inside.hasPrefix("/..") else { return nil }
            return inside == "/" || inside.isEmpty ? String(point) : String(point + inside)
        }
    }
}
