/// OpenSSL providers and engines that its configuration names.
struct CryptographyModules: Plugin {
    let name = "openssl"

    private static let folders = ["ossl-modules", "engines-3"]
    private static let entryPoints: Set<String> = ["OSSL_provider_init", "bind_engine", "v_check"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "OPENSSL_init_crypto") else { return nil }
        let tree = reachability.program.search.tree
        let words = Set(
            tree.lines("/etc/ssl/openssl.cnf").flatMap { line in
                line.prefix { $0 != "#" }.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            })
        var loaded: [String] = []
        for folder in Self.folders.map({ "/usr/lib/x86_64-linux-gnu/" + $0 }) {
            for file in tree.names(in: folder)
            where file.hasSuffix(".so") && words.contains(String(file.dropLast(3))) {
                _ = reachability.load(
                    folder + "/" + file,
                    requester: reachability.module(exporting: "OPENSSL_init_crypto"),
                    label: "OpenSSL module \(file)"
                ) { Self.entryPoints.contains($0) }
                loaded.append(file)
            }
        }
        return "modules that /etc/ssl/openssl.cnf names: "
            + (loaded.isEmpty ? "none" : loaded.joined(separator: " "))
    }
}
