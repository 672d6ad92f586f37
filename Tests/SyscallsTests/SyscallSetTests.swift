import Syscalls
import Testing

@Suite("SyscallSet")
struct SyscallSetTests {
    @Test("what is inserted is contained, once, and comes back in order")
    func insertion() {
        var set = SyscallSet()
        let inserted = [set.insert(.clone3), set.insert(.read), set.insert(.read)]
        #expect(inserted == [true, true, false])
        #expect(set.map(\.name) == ["read", "clone3"])
        #expect(set.count == 2)
    }

    @Test("numbers that no kernel has are refused")
    func refusal() {
        var set = SyscallSet()
        let inserted = [
            set.insert(SyscallNumber(rawValue: 512)),
            set.insert(SyscallNumber(rawValue: 0x4000_0001)),
        ]
        #expect(inserted == [false, false])
        #expect(set.isEmpty)
        #expect(!set.contains(SyscallNumber(rawValue: .max)))
    }

    @Test("union, intersection and difference agree with Set on seeded random members")
    func algebra() {
        var state: UInt64 = 42
        func draw() -> Set<SyscallNumber> {
            Set(
                (0..<60).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1
                    return SyscallNumber(rawValue: UInt32(state >> 33) % 460)
                })
        }
        for _ in 0..<50 {
            let (a, b) = (draw(), draw())
            let (x, y) = (SyscallSet(a), SyscallSet(b))
            #expect(Set(x.union(y)) == a.union(b))
            #expect(Set(x.intersection(y)) == a.intersection(b))
            #expect(Set(x.subtracting(y)) == a.subtracting(b))
            #expect(x.isSubset(of: x.union(y)))
        }
    }
}

@Suite("SyscallNumber")
struct SyscallNumberTests {
    @Test("every number of the table is found again by its name")
    func roundTrip() {
        for row in SyscallNumber.table {
            let number = SyscallNumber(rawValue: UInt32(row.number))
            #expect(SyscallNumber(name: number.name) == number)
        }
    }

    @Test("a call of the 32-bit table is named as what it is there, and is none of the other's")
    func compatibility() throws {
        let number = SyscallNumber(seen: 20, isNative: false)
        #expect(number.name == "i386:getpid")
        #expect(number != .writev && !number.isNamed && number.isCompatibility)
        #expect(SyscallNumber(name: "i386:getpid") == number)
        // As campaigns from before it had a name have it.
        #expect(SyscallNumber(name: "syscall_0x80000014") == number)
        #expect(SyscallNumber(name: "i386:no_such_call") == nil)
        for raw: UInt64 in [0xfff, 0x1000, .max, 1 << 40] {
            let number = SyscallNumber(seen: raw, isNative: false)
            #expect(number.name == "i386:0xfff" && number.isCompatibility)
            #expect(SyscallNumber(name: number.name) == number)
        }
    }

    @Test("a call is recognised whichever table it is made through")
    func counterpart() throws {
        for (number, name) in [
            (37, "kill"), (238, "tkill"), (270, "tgkill"), (26, "ptrace"), (172, "prctl"),
            (354, "seccomp"), (241, "sched_setaffinity"), (340, "prlimit64"), (27, "alarm"),
            (411, "timerfd_settime"), (325, "timerfd_settime"), (434, "pidfd_open"),
        ] as [(UInt64, String)] {
            let call = SyscallNumber(seen: number, isNative: false)
            #expect(call.counterpart.name == name)
        }
        for (number, name) in [
            (62, "kill"), (521, "ptrace"), (524, "rt_sigqueueinfo"), (547, "pwritev2"),
        ]
            as [(UInt32, String)]
        {
            #expect(SyscallNumber(rawValue: 1 << 30 | number).counterpart.name == name)
        }
        for native in SyscallNumber.table {
            let number = SyscallNumber(rawValue: UInt32(native.number))
            #expect(number.counterpart == number)
        }
        // Something of that table alone.
        let alone = SyscallNumber(seen: 102, isNative: false)
        #expect(alone.name == "i386:socketcall" && alone.counterpart == alone)
    }

    @Test("no number that a program chooses passes for a call of the 32-bit table")
    func forged() {
        for raw: UInt64 in [0x8000_0014, 0x8000_0fff, 0x8000_0000, .max, 1 << 63 | 20] {
            let number = SyscallNumber(seen: raw, isNative: true)
            #expect(!number.isCompatibility, "\(raw)")
            #expect(SyscallNumber(name: number.name) == number)
        }
        #expect(SyscallNumber(seen: 1, isNative: true) == .write)
    }

    @Test("a number without a name is spelled as strace spells it")
    func unnamed() {
        let number = SyscallNumber(rawValue: 0x1ff)
        #expect(number.name == "syscall_0x1ff")
        #expect(SyscallNumber(name: "syscall_0x1ff") == number)
        #expect(SyscallNumber(name: "no_such_call") == nil)
        #expect(SyscallNumber(name: "fstatat")?.name == "newfstatat")
    }

    @Test(
        "a call has as many arguments as its manual page says",
        arguments: [
            ("read", 3), ("mmap", 6), ("getpid", 0), ("execveat", 5), ("clone3", 2),
            ("file_setattr", 5), ("syscall_0x1ff", 6),
        ])
    func argumentCount(name: String, count: Int) {
        #expect(SyscallNumber(name: name)?.argumentCount == count)
    }
}
