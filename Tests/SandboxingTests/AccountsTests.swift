import Testing

@testable import Sandboxing

@Suite("Accounts")
struct AccountsTests {
    private static let accounts = Accounts(
        passwd: """
            root:x:0:0:root:/root:/bin/bash
            www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
            far:x:70000:70000::/:/bin/sh
            broken:x:one
            postgres:x:101:102::/var/lib/postgresql:/bin/bash
            """,
        group: """
            root:x:0:
            ssl-cert:x:120:other,postgres
            postgres:x:102:postgres
            """)

    @Test("an account has its ids and the groups that name it")
    func account() {
        #expect(
            Self.accounts.account(named: "postgres")
                == Account(name: "postgres", user: 101, group: 102, groups: [120]))
        #expect(Self.accounts.account(of: 33)?.name == "www-data")
        #expect(Self.accounts.group(named: "ssl-cert") == 120)
    }

    @Test("ids that a sandbox does not have are nobody's", arguments: ["far", "broken", "none"])
    func noAccount(name: String) {
        #expect(Self.accounts.account(named: name) == nil)
    }
}
