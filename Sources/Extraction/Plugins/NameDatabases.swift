/// Which databases of the name service switch live code may ask, see nsswitch.conf(5).
///
/// Since glibc 2.33 whoever looks something up gets the services of a database from one function,
/// by the number of the database.
struct NameDatabases {
    private static let getter = "__nss_database_get"
    /// As in nss/databases.def of glibc; their places are their numbers.
    private static let names = [
        "aliases", "ethers", "group", "group_compat", "gshadow", "hosts", "initgroups", "netgroup",
        "networks", "passwd", "passwd_compat", "protocols", "publickey", "rpc", "services",
        "shadow", "shadow_compat",
    ]
    /// Functions of the C library, each for one database: a library that numbers databases in
    /// another way passes other numbers there.
    private static let known = [
        "__nss_group_lookup2": "group", "__nss_hosts_lookup2": "hosts",
        "__nss_passwd_lookup2": "passwd", "__nss_services_lookup2": "services",
    ]
    /// Gives a database services that no file names.
    private static let replacement = "__nss_configure_lookup"

    private let reachability: Reachability

    private init(_ reachability: Reachability) { self.reachability = reachability }

    /// Nil for any database.
    static func asked(by reachability: Reachability) -> Set<String>? {
        NameDatabases(reachability).asked
    }

    private var asked: Set<String>? {
        let getters = reachability.nodes(exporting: Self.getter)
        guard getters.count == 1, let getter = getters.first,
            !reachability.isAddressTaken(export: Self.getter),
            !reachability.isLive(function: Self.replacement),
            hasKnownNumbers(getter)
        else { return nil }
        var result: Set<String> = []
        var walk = ArgumentWalk(reachability)
        for edge in reachability.callers(of: getter) {
            if let name = constant(at: edge).flatMap(name) {
                result.insert(name)
                continue
            }
            for outcome in walk.outcomes(of: .register(0), at: [edge]) {
                guard !outcome.isOpen, let values = outcome.values else { return nil }
                let names = values.compactMap(name)
                guard names.count == values.count else { return nil }
                result.formUnion(names)
            }
        }
        return result
    }

    private func hasKnownNumbers(_ getter: Reachability.Node) -> Bool {
        let module = reachability.program.modules[getter.module]
        return Self.known.allSatisfy { function, database in
            let nodes = reachability.nodes(exporting: function)
            guard nodes.count == 1, let node = nodes.first, node.module == getter.module else {
                return false
            }
            let references = module.summary.functions[node.index].references
            let passed = references.compactMap { index -> String? in
                let reference = module.summary.references[index]
                guard reference.kind == .call,
                    module.summary.function(containing: reference.target) == getter.index
                else { return nil }
                let edge = Reachability.Edge(
                    caller: node, address: reference.address, isCall: true, reference: index)
                return constant(at: edge).flatMap(name) ?? ""
            }
            return passed == [database]
        }
    }

    /// The number that stands right before a call, which is where it mostly does.
    private func constant(at edge: Reachability.Edge) -> UInt64? {
        reachability.program.modules[edge.caller.module].summary
            .constants(passedAt: edge.address)[0]
    }

    private func name(_ number: UInt64) -> String? {
        number < UInt64(Self.names.count) ? Self.names[Int(number)] : nil
    }
}
