import Testing

@testable import Sandboxing

@Suite("What is hidden of a machine")
struct HiddenPlacesTests {
    private static let passwd = """
        root:x:0:0:root:/root:/bin/bash
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
        postgres:x:105:112:,,,:/var/lib/postgresql:/bin/bash
        me:x:1000:1000::/data/people/me/:/bin/bash
        robot:x:1001:1001::/srv/robot:/usr/sbin/nologin
        service:x:1002:1002::/var/lib/service:/bin/sh
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        nonsense
        """

    @Test("homes are those of people, of root and of who runs this, and no folder of everybody's")
    func homes() {
        let homes = Homes(passwd: Self.passwd, own: "/data/own", user: 1001, inHome: ["a"])
        #expect(
            homes.paths == ["/root", "/data/people/me", "/srv/robot", "/data/own", "/home/a"])
        for folder in ["/", "/srv", "/tmp", "/tmp/scratch", "/usr", ""] {
            #expect(Homes(passwd: "", own: folder, user: 1, inHome: []).paths == ["/root"])
        }
    }

    @Test("what is asked for by name is not hidden, and what lies in it is")
    func asked() {
        let places = HiddenPlaces(
            paths: ["/root", "/root/.ssh", "/root/.ssh/deep", "/opt/.aws"], asked: ["/root/.ssh"])
        #expect(places.inside("/root") == [".ssh/deep"])
        #expect(places.inside("/") == ["opt/.aws", "root"])
        #expect(places.inside("/opt/.aw").isEmpty)
        #expect(places.covers("/home") && places.covers("/root") && !places.covers("/root/.ssh"))
    }

    @Test("of a home is shown what the program lies in, and not the home")
    func exposure() throws {
        let places = HiddenPlaces(
            paths: ["/home/me"], passages: ["/home/me/.local", "/home/me/.local/share"])
        for (file, shown) in [
            ("/home/me/project/bin/tool", "/home/me/project"),
            ("/home/me/tool", "/home/me/tool"),
            ("/home/me/.local/bin/tool", "/home/me/.local/bin"),
            ("/home/me/.local/share/app/x", "/home/me/.local/share/app"),
        ] {
            #expect(Exposure(reaching: file, hiding: places)?.path == shown)
            #expect(Exposure(reaching: file, in: .writable, hiding: places)?.path == shown)
        }
        #expect(Exposure(reaching: "/opt/tool", hiding: places) == nil)
    }

    @Test("a service has the keys that it cannot start without, and nobody else has them")
    func ownKeys() {
        let key = "/etc/ssh/ssh_host_ed25519_key"
        #expect(!Credentials.isHarmless(key) && Credentials.isOwn(key, of: "sshd"))
        #expect(!Credentials.isOwn(key, of: "ssh") && !Credentials.isOwn("/etc/shadow", of: "sshd"))
        #expect(Credentials.isHarmless(key + ".pub"))
        #expect(Credentials.isHarmless("/etc/ssh/ssh_config"))
        #expect(Credentials.isHarmless("/etc/ssl/private/ssl-cert-snakeoil.key"))
        #expect(!Credentials.isHarmless("/etc/ssl/private/site.key"))
    }
}
