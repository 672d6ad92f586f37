import Syscalls
import Testing
import Texts

@testable import Reporting

@Suite struct TextTests {
    @Test("the last column is wrapped below itself, the others are aligned")
    func table() {
        var table = TextTable([("A", .left), ("N", .right), ("TEXT", .left)])
        table.append(["x", "1,000", "one two three four five"])
        table.append(["yy", "2", ""])
        #expect(
            table.text(width: 33, indent: 2) == """
                  A       N  TEXT
                  x   1,000  one two three four
                             five
                  yy      2
                """)
    }

    @Test("words that are longer than a line are cut")
    func longWord() {
        #expect(WrappedText.lines("ab abcdefgh", width: 4) == ["ab", "abcd", "efgh"])
        #expect(WrappedText.lines("", width: 4) == [""])
    }

    @Test("numbers are grouped, times are hours, minutes and seconds")
    func figures() {
        #expect(Figures.count(0) == "0")
        #expect(Figures.count(999) == "999")
        #expect(Figures.count(1_234_567) == "1,234,567")
        #expect(Figures.count(-1_000) == "-1,000")
        #expect(Figures.count(1, "call") == "1 call")
        #expect(Figures.clock(28_798.9) == "7:59:58")
        #expect(Figures.clock(.nan) == "?")
        #expect(Figures.rate(4.507) == "4.51")
        #expect(Figures.rate(0.05) == "0.05")
        #expect(Figures.rate(1234.4) == "1,234")
    }

    @Test("the JSON of an extraction has the fields that are promised")
    func extraction() throws {
        let view = ExtractionView(CampaignFixture.staticSet)
        let object = try json(view)
        #expect(object["binary"] as? String == CampaignFixture.program)
        #expect(object["convention"] as? String == "whole-process")
        for field in ["modules", "unresolved", "assumptions"] { #expect(object[field] is [Any]) }
        let rows = try #require(object["syscalls"] as? [[String: Any]])
        #expect(
            rows.compactMap { $0["name"] as? String }
                == CampaignFixture.staticSet.syscalls.sortedNames)
        #expect(rows[0]["number"] as? Int == 43)
        let site = try #require((rows[0]["sites"] as? [[String: Any]])?.first)
        #expect(site["module"] as? String == CampaignFixture.library)
        #expect(site["offset"] as? Int == 4)
        #expect((rows[0]["chain"] as? [Any])?.count == 3)
        #expect(width(view.text(width: 80).text) <= 80)
    }

    @Test("an extraction's surroundings are told in sentences that fit")
    func surroundings() {
        let calls = SyscallSet(
            ["brk", "close", "execve", "mmap", "openat", "read", "write"]
                .compactMap { SyscallNumber(name: $0) })
        let set = StaticSet(
            binary: "/bin/a", convention: .wholeProcess, entries: [], modules: ["/bin/a"],
            unresolved: [],
            assumptions: [
                .init(name: "nss", detail: "services: systemd", added: [.write], removed: [.read])
            ],
            programs: [
                .init(
                    name: "/bin/sh", path: "/usr/bin/dash", parent: "/bin/a", depth: 1, sites: [],
                    syscalls: calls),
                .init(
                    name: "x", path: nil, parent: "/bin/sh", depth: 2, sites: [],
                    reason: "it is not installed"),
            ],
            inputs: [
                .init(path: "/etc/a", hash: "0123456789abcdef"), .init(path: "/etc/b", hash: nil),
            ])
        let text = ExtractionView(set).text(width: 70).text
        #expect(width(text) <= 70)
        #expect(text.contains("  nss: services: systemd. Adds write. Takes out read."))
        #expect(text.contains("  /bin/sh: /usr/bin/dash, 7 calls, 7 not in this set: brk, close,"))
        #expect(text.contains("  x: run by /bin/sh, it is not installed."))
        #expect(text.contains("Configuration read: /etc/a (01234567)."))
    }

    @Test("a long way is shortened to its ends")
    func chain() {
        let steps = ["main", "b", "c", "d", "e", "f"].map {
            StaticSet.Step(module: "/m", function: $0, link: $0 == "main" ? .root : .call)
        }
        #expect(ChainText.oneLine(steps, width: 26) == "main → b → c → d → e → f")
        #expect(ChainText.oneLine(steps, width: 22) == "main → … → d → e → f")
        #expect(ChainText.oneLine(steps, width: 8) == "main → …")
        #expect(ChainText.oneLine([], width: 30) == "a way that was not recorded")
    }

    @Test("one problem is enough to say that fuzzing cannot work, a warning is not")
    func diagnosis() {
        let ok = DiagnosisView.Check("kernel", .ok, "6.1")
        let warning = DiagnosisView.Check("disk", .warning, "little", remedy: "make room")
        let problem = DiagnosisView.Check("ptrace", .problem, "no", remedy: "sysctl x=1")
        #expect(DiagnosisView([ok, warning]).canFuzz)
        let view = DiagnosisView([ok, problem])
        #expect(!view.canFuzz)
        #expect(view.text(width: 80).text.contains("problem  ptrace  no. Try: sysctl x=1"))
    }
}
