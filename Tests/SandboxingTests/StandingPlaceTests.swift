import Testing

@testable import Sandboxing

@Suite("Places of a running machine")
struct StandingPlaceTests {
    @Test("rules of tmpfiles.d make folders, files and links with their owners")
    func rules() {
        let places = StandingPlace.rules(
            """
            # comment
            d /run/haproxy 2775 haproxy haproxy -
            D\t/var/run/named  0775 root bind - -
            f /run/utmp 0664 root utmp -
            F /var/lib/word - - - - a b c
            L /run/link - - - - ../etc/x
            """)
        #expect(
            places == [
                StandingPlace(
                    path: "/run/haproxy", kind: .folder, mode: 0o2775, user: "haproxy",
                    group: "haproxy"),
                StandingPlace(
                    path: "/run/named", kind: .folder, mode: 0o775, user: "root", group: "bind"),
                StandingPlace(path: "/run/utmp", kind: .file([]), mode: 0o664, group: "utmp"),
                StandingPlace(
                    path: "/var/lib/word", kind: .file(Array("a b c".utf8)), mode: 0o644),
                StandingPlace(path: "/run/link", kind: .link(target: "../etc/x"), mode: 0o644),
            ])
    }

    /// By the way of bird's `prepare-environment`.
    private static let script = """
        #!/bin/sh
        # mkdir /run/comment
        RUN_DIR=/run/bird
        . /etc/bird/envvars
        [ -d "$RUN_DIR" ] || mkdir --parents "$RUN_DIR";
        if [ -n "$USER" ]; then install -d -o $USER -m 700 /var/lib/$USER; fi
        mkdir -p $UNKNOWN /etc/own /run/../etc
        chown --silent "$USER:$GROUP" "$RUN_DIR"
        chmod 775 "$RUN_DIR"
        """

    private static let ofScript = [
        StandingPlace(path: "/run/bird", kind: .folder, mode: 0o775, user: "b", group: "g"),
        StandingPlace(path: "/var/lib/b", kind: .folder, mode: 0o700, user: "b"),
    ]

    private static func file(_ path: String) -> String? {
        switch path {
        case "/etc/bird/envvars": "USER=b\nGROUP=g\n"
        case "/usr/lib/bird/prepare": script
        default: nil
        }
    }

    @Test("a script before a service makes folders, with what its variables are")
    func scripts() {
        let places = StandingPlace.folders(ofScript: Self.script, reading: Self.file)
        #expect(places == Self.ofScript)
        let unit = "[Service]\nExecStartPre=-/usr/lib/bird/prepare\nExecStart=/usr/sbin/bird\n"
        #expect(StandingPlace.folders(ofUnit: unit, reading: Self.file) == Self.ofScript)
        #expect(StandingPlace.folders(ofUnit: unit).isEmpty)
    }

    @Test(
        "other rules make nothing",
        arguments: [
            "d", "r! /forcefsck", "z /run/x 0755 - -", "d /run/user/%U 0700", "x /tmp/*",
            "d relative 0755", "d /run/../etc/x 0755", "F! /run/nologin 0644 - - - no",
            "L /var/lock - - - - ../run/lock subsys", "d /",
        ])
    func noRules(line: String) {
        let places = StandingPlace.rules(line)
        #expect(places.allSatisfy { $0.path == "/run/lock" }, "\(places)")
    }

    @Test("folders of a unit belong to its user, those that a command makes to whom it says")
    func unit() {
        let places = StandingPlace.folders(
            ofUnit: """
                [Unit]
                RuntimeDirectory=not-of-the-service
                [Service]
                User=redis
                RuntimeDirectory=redis second:other
                RuntimeDirectoryMode=2755
                StateDirectory=redis
                ExecStartPre=-/usr/bin/install -m 750 -o mysql -g root -d /var/run/mysqld
                ExecStartPre=/bin/mkdir -m 740 -p /run/mosquitto
                ExecStartPre=/bin/chown mosquitto: /run/mosquitto
                ExecStartPre=/usr/bin/install -m 644 /etc/a /etc/b
                """)
        let redis = { (path: String, mode: UInt16) in
            StandingPlace(path: path, kind: .folder, mode: mode, user: "redis", group: "redis")
        }
        #expect(
            places == [
                redis("/run/redis", 0o2755), redis("/run/second", 0o2755),
                redis("/var/lib/redis", 0o755),
                StandingPlace(
                    path: "/run/mysqld", kind: .folder, mode: 0o750, user: "mysql", group: "root"),
                StandingPlace(
                    path: "/run/mosquitto", kind: .folder, mode: 0o740, user: "mosquitto",
                    group: "mosquitto"),
            ])
    }

    @Test("a setting of a unit goes on behind a backslash, and an empty one takes back")
    func settings() {
        let unit = UnitFile(
            """
            [Service]
            ExecStart=/bin/a \\
              -b
            Environment=X=1
            Environment=
            Environment=Y=2
            ; ExecStart=/bin/other
            [Install]
            User=nobody
            """)
        #expect(
            unit.words("ExecStart") == ["/bin/a", "-b"] && unit.values("Environment") == ["Y=2"])
        #expect(unit.last("User") == nil)
        #expect(!unit.isPrivileged)
        #expect(UnitFile("[Service]\nExecStart=!/usr/sbin/chronyd\nUser=_chrony").isPrivileged)
    }
}
