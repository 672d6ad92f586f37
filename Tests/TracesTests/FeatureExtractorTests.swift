import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("FeatureExtractor")
struct FeatureExtractorTests {
    /// The features of a trace whose events are all in one phase, unless phases are given.
    static func features(
        of trace: Trace, phases: [UInt8]? = nil, names: [String] = ["load", "init", "work"]
    ) -> [Feature] {
        let segmentation = Segmentation(
            phases: names.map(Phase.init(name:)),
            indexes: phases ?? Array(repeating: 1, count: trace.events.count))
        var extractor = FeatureExtractor()
        extractor.extract(from: trace, segmentation: segmentation)
        return extractor.sightings.compactMap {
            extractor.feature(of: $0, in: trace, segmentation: segmentation, tier: .natural)
        }
    }

    @Test("one call shows its number, phase, site, arguments and outcome")
    func oneCall() {
        var builder = TraceBuilder()
        builder.call(
            "openat", [.max, 0, 0o2000000], result: -2, from: "/lib/libc.so.6", offset: 0x1234)
        let found = Set(Self.features(of: builder.trace).map(\.description))
        #expect(
            found == [
                "root: openat", "root: openat in init", "root: openat at /lib/libc.so.6+0x1234",
                "root: openat with flags=O_RDONLY|O_CLOEXEC", "root: openat returned ENOENT",
                "root: init",
            ])
    }

    @Test("what an executor does not see is no feature")
    func unseen() {
        var builder = TraceBuilder()
        builder.call("getpid", result: nil)
        let kinds = Self.features(of: builder.trace).map(\.kind)
        #expect(kinds == [.syscall, .phasedSyscall, .phasePath])
    }

    @Test("repetitions of a call are one element of a sequence, per thread")
    func sequences() {
        var builder = TraceBuilder()
        let thread = builder.thread()
        for (name, index) in [
            ("read", 0), ("futex", thread), ("read", 0), ("write", 0), ("write", 0),
            ("futex", thread), ("close", 0), ("read", thread),
        ] { builder.call(name, thread: index) }
        let found = Self.features(of: builder.trace).filter { $0.kind.isSequence }
        #expect(
            Set(found.map(\.description)) == [
                "root: read, write", "root: write, close", "root: read, write, close",
                "thread: futex, read",
            ])
    }

    @Test("a phase path lists a thread's phases in order")
    func phasePath() {
        var builder = TraceBuilder()
        for name in ["brk", "brk", "read", "write"] { builder.call(name) }
        let found = Self.features(of: builder.trace, phases: [0, 0, 1, 2])
        #expect(found.last?.description == "root: load → init → work")
    }

    @Test("a started program gives its image and its calls, apart from the target's")
    func foreign() {
        var builder = TraceBuilder()
        builder.call("read", from: "/bin/target", offset: 1)
        let other = builder.exec("/bin/sh", in: 0)
        builder.call("read", thread: other, from: "/bin/sh", offset: 1)
        builder.call("write", thread: other, from: "/bin/sh", offset: 2)
        let found = Self.features(of: builder.trace).filter { !$0.role.isTarget }
        #expect(
            Set(found.map(\.description)) == [
                "exec:/bin/sh: executed", "exec:/bin/sh: read", "exec:/bin/sh: write",
            ])
        #expect(Set(found.map(\.kind)) == [.image, .foreignSyscall])
    }

    @Test("the key of every sighting is that of its readable form, for random traces")
    func keysAgree() {
        var generator = Seeded(state: 7)
        for _ in 0..<40 {
            let trace = generator.trace()
            let segmentation = Segmentation(
                phases: ["load", "init", "work"].map(Phase.init(name:)),
                indexes: trace.events.map { _ in UInt8(generator.below(3)) })
            var extractor = FeatureExtractor()
            extractor.extract(from: trace, segmentation: segmentation)
            #expect(Set(extractor.sightings.map(\.key)).count == extractor.sightings.count)
            for sighting in extractor.sightings {
                let feature = extractor.feature(
                    of: sighting, in: trace, segmentation: segmentation, tier: .natural)
                #expect(feature?.key == sighting.key)
                #expect(feature?.kind == sighting.kind)
            }
        }
    }

    @Test("reusing an extractor changes nothing")
    func reuse() {
        var generator = Seeded(state: 11)
        var reused = FeatureExtractor()
        for _ in 0..<20 {
            let trace = generator.trace()
            let segmentation = Segmentation(
                phases: [.load], indexes: Array(repeating: 0, count: trace.events.count))
            var fresh = FeatureExtractor()
            fresh.extract(from: trace, segmentation: segmentation)
            reused.extract(from: trace, segmentation: segmentation)
            #expect(fresh.sightings == reused.sightings)
        }
    }

    @Test("keys are the same in every process and build")
    func stableKeys() {
        let feature = Feature(role: .root, fact: .syscall(.clone3), tier: .natural)
        let site = Feature(
            role: .exec(image: "/bin/sh"), fact: .syscall(.read), tier: .natural)
        #expect(feature.key.rawValue == 281_922_248_586_684_640)
        #expect(site.key.rawValue == 1_342_708_463_328_037_687)
    }

    @Test("the tier is no part of a feature's identity")
    func tierIsNotIdentity() {
        let natural = Feature(role: .root, fact: .syscall(.read), tier: .natural)
        let injected = Feature(role: .root, fact: .syscall(.read), tier: .injected)
        #expect(natural.key == injected.key)
    }

    @Test("numbers that no kernel has count as one call")
    func strangeNumbers() {
        var builder = TraceBuilder()
        for raw in ["syscall_0x1000", "syscall_0x2000", "syscall_0x40000001", "syscall_0x40000099"]
        { builder.call(raw) }
        let calls = Self.features(of: builder.trace).filter { $0.kind == .syscall }
        #expect(calls.map(\.description) == ["root: syscall_0x200", "root: syscall_0x40000000"])
    }

    @Test("events that refer to threads or modules that are not there are passed over")
    func corrupt() {
        var builder = TraceBuilder()
        builder.call("read")
        var trace = builder.trace
        trace.events[0].thread = 9
        trace.events.append(builder.trace.events[0])
        trace.events[1].module = 77
        let kinds = Self.features(of: trace).map(\.kind)
        #expect(kinds == [.syscall, .phasedSyscall, .outcome, .phasePath])
    }
}

/// SplitMix64: random traces that are the same on every run.
struct Seeded {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Up to 200 calls of four roles, three modules and a dozen numbers.
    mutating func trace() -> Trace {
        var builder = TraceBuilder()
        builder.enter()
        _ = builder.fork()
        _ = builder.thread()
        _ = builder.exec("/bin/sh", in: 1)
        let names = [
            "read", "write", "openat", "mmap", "close", "futex", "socket", "ioctl", "getpid",
            "clone", "fcntl", "brk",
        ]
        for _ in 0..<below(200) {
            builder.call(
                names[below(names.count)], (0..<6).map { _ in UInt64(below(4)) },
                result: below(3) == 0 ? nil : Int64(below(8)) - 4, thread: below(4),
                from: below(4) == 0 ? nil : ["/a", "/b", "/c"][below(3)],
                offset: UInt64(below(5)))
        }
        return builder.trace
    }
}
