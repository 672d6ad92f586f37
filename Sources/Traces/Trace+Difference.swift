internal import Syscalls

extension Trace {
    /// Where two traces of one test case differ in the calls of a thread, as a sentence; nil when
    /// every thread of one has its match in the other.
    ///
    /// Threads are matched by role and calls, not by the order in which the kernel ran them.
    /// Several `getrandom` in a row count as one.
    package func difference(from other: Trace) -> String? {
        var theirs = other.callsByThread
        var unmatched: [(role: String, calls: [SyscallNumber])] = []
        for mine in callsByThread {
            if let index = theirs.firstIndex(where: { $0 == mine }) {
                theirs.remove(at: index)
            } else {
                unmatched.append(mine)
            }
        }
        guard let mine = unmatched.first else {
            return theirs.first.map { "a \($0.role) with \($0.calls.count) calls is missing" }
        }
        guard let match = theirs.first(where: { $0.role == mine.role }) else {
            return "a \(mine.role) with \(mine.calls.count) calls is new"
        }
        let common = zip(mine.calls, match.calls).prefix { $0 == $1 }.count
        let (left, right) = (Self.name(mine.calls, common), Self.name(match.calls, common))
        return "call \(common + 1) of \(mine.role) is \(left) instead of \(right)"
    }

    /// What this trace has that lies not between two others of the same test case: a call of a role
    /// that neither makes, or that is missing where both make it. Nil when there is nothing.
    package func strangeness(between one: Trace, and other: Trace) -> String? {
        let mine = callsByRole
        let (left, right) = (one.callsByRole, other.callsByRole)
        for (role, calls) in mine.sorted(by: { $0.key < $1.key }) {
            let either = (left[role] ?? SyscallSet()).union(right[role] ?? SyscallSet())
            if let new = calls.subtracting(either).sortedNames.first {
                return "\(role) calls \(new)"
            }
        }
        for (role, calls) in left.sorted(by: { $0.key < $1.key }) {
            let both = calls.intersection(right[role] ?? SyscallSet())
            let missing = both.subtracting(mine[role] ?? SyscallSet())
            if let missing = missing.sortedNames.first { return "\(role) does not call \(missing)" }
        }
        return nil
    }

    private var callsByRole: [String: SyscallSet] {
        var result: [String: SyscallSet] = [:]
        for event in events {
            result[threads[Int(event.thread)].role.name, default: SyscallSet()].insert(event.number)
        }
        return result
    }

    private var callsByThread: [(role: String, calls: [SyscallNumber])] {
        var result = threads.map { (role: $0.role.name, calls: [SyscallNumber]()) }
        for event in events {
            let thread = Int(event.thread)
            // Names of temporary files are drawn again when a draw would not be fair, which
            // happens once in twenty (glibc, sysdeps/posix/tempname.c).
            if result[thread].calls.last == event.number, Self.isDraw(event.number) { continue }
            result[thread].calls.append(event.number)
        }
        return result
    }

    private static func isDraw(_ number: SyscallNumber) -> Bool { number.name == "getrandom" }

    private static func name(_ calls: [SyscallNumber], _ index: Int) -> String {
        index < calls.count ? calls[index].name : "its end"
    }
}
