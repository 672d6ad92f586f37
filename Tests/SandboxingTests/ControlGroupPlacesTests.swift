import Testing

@testable import Sandboxing

@Suite("Places of control groups")
struct ControlGroupPlacesTests {
    @Test("a machine with one hierarchy has them below this process's group")
    func unified() {
        let places = ControlGroupPlaces(
            groups: "0::/user.slice/user-1000.slice/session-2.scope\n",
            mounts: "29 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n")
        #expect(places.unified == "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope")
        #expect(places.memory == nil && places.tasks == nil)
    }

    @Test("one with a hierarchy for each controller has them in each")
    func separate() {
        let places = ControlGroupPlaces(
            groups: "8:pids:/\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n",
            mounts: """
                35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
                41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """)
        #expect(places.memory == "/sys/fs/cgroup/memory/a/b")
        #expect(places.tasks == "/sys/fs/cgroup/pids")
        #expect(places.unified == "/sys/fs/cgroup/unified")
    }

    @Test("a container's group is named from the machine's root, and mounted from its own")
    func container() {
        let mounts =
            "35 31 0:32 /docker/c1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
        #expect(
            ControlGroupPlaces(groups: "4:memory:/docker/c1/x\n", mounts: mounts).memory
                == "/sys/fs/cgroup/memory/x")
        #expect(
            ControlGroupPlaces(groups: "4:memory:/docker/c1\n", mounts: mounts).memory
                == "/sys/fs/cgroup/memory")
        #expect(ControlGroupPlaces(groups: "4:memory:/other\n", mounts: mounts).memory == nil)
    }

    @Test("no mount, or a group outside of the namespace, is no place")
    func none() {
        #expect(ControlGroupPlaces(groups: "0::/\n", mounts: "").unified == nil)
        let mounts = "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        #expect(ControlGroupPlaces(groups: "0::/../x\n", mounts: mounts).unified == nil)
        #expect(ControlGroupPlaces(groups: "nonsense", mounts: "nonsense").unified == nil)
    }
}
