import Testing

@testable import Sandboxing

@Suite("Mount table")
struct MountTableTests {
    @Test("the machine's own mounts come behind the root, those above others first")
    func ofMachine() {
        let table = MountTable(
            """
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            24 27 0:22 / /proc rw - proc proc rw
            30 27 8:1 / /var/lib/a\\040b rw shared:1 - ext4 /dev/sda rw
            31 27 8:2 / /var rw - xfs /dev/sdb rw
            32 27 0:5 / /run rw - tmpfs tmpfs rw
            33 32 0:6 / /run/user/1000 rw - tmpfs tmpfs rw
            34 27 0:7 / /home rw - ext4 /dev/sdc rw
            35 27 0:8 / /misc rw - autofs systemd-1 rw
            36 27 0:9 / /srv/a,b rw - ext4 /dev/sdd rw
            37 27 0:10 / /tmp rw - tmpfs tmpfs rw
            nonsense
            """)
        #expect(table.ofMachine == ["/", "/run", "/var", "/var/lib/a b"])
    }

    @Test("in a sandbox, what neither it nor the kernel has made is told by type and source")
    func ofOthers() {
        let table = MountTable(
            """
            1 0 0:1 / / ro - tmpfs fathom rw
            2 1 0:2 / /usr ro - overlay fathom rw
            3 1 0:3 / /proc rw - proc proc rw
            4 1 0:4 /null /dev/null rw - devtmpfs devtmpfs rw
            5 1 0:5 / /opt ro - overlay overlay rw
            6 1 8:1 /x /tmp/x ro - ext4 /dev/sda rw
            7 1 0:6 / /misc rw - autofs systemd-1 rw
            """)
        #expect(table.ofOthers == ["/opt", "/tmp/x", "/misc"])
        #expect(table.automounts == ["/misc"] && !table.paths.contains("/misc"))
    }
}
