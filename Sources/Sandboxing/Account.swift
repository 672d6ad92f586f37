internal import Platform

/// An account of the machine, as passwd(5) and group(5) have it.
package struct Account: Hashable, Sendable, Codable {
    package var name: String
    package var user: UInt32
    package var group: UInt32
    /// The other groups that name it.
    package var groups: [UInt32]
}

/// The accounts and groups of a machine, read from its files: what else is asked for them
/// elsewhere, such as LDAP, has no ids in a sandbox.
package struct Accounts: Sendable {
    private var users: [String: Account] = [:]
    private var groups: [String: UInt32] = [:]

    /// The machine's own.
    package static func ofMachine() -> Accounts {
        Accounts(
            passwd: (try? SmallFile.text("/etc/passwd")) ?? "",
            group: (try? SmallFile.text("/etc/group")) ?? "")
    }

    /// Lines that are none of an account, and ids that a sandbox does not have, are left out.
    package init(passwd: String, group: String) {
        var memberships: [String: [UInt32]] = [:]
        for fields in Self.fields(of: group) where fields.count >= 4 {
            guard let id = Self.id(fields[2]) else { continue }
            groups[fields[0]] = id
            for member in fields[3].split(separator: ",") {
                memberships[String(member), default: []].append(id)
            }
        }
        for fields in Self.fields(of: passwd) where fields.count >= 7 {
            guard let user = Self.id(fields[2]), let group = Self.id(fields[3]),
                users[fields[0]] == nil
            else { continue }
            users[fields[0]] = Account(
                name: fields[0], user: user, group: group,
                groups: (memberships[fields[0]] ?? []).filter { $0 != group }.sorted())
        }
    }

    package func account(named name: String) -> Account? { users[name] }

    package func account(of user: UInt32) -> Account? {
        users.values.filter { $0.user == user }.min { $0.name < $1.name }
    }

    package func group(named name: String) -> UInt32? { groups[name] }

    private static func fields(of text: String) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func id(_ text: String) -> UInt32? {
        UInt32(text).flatMap { $0 < 65_536 ? $0 : nil }
    }
}
