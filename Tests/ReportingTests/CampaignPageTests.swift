import Campaigns
import Foundation
import Syscalls
import TestCases
import Testing
import Texts
import Traces

@testable import Reporting

@Suite struct CampaignPageTests {
    static func page(
        _ record: CampaignRecord = CampaignFixture.record(),
        load: (String) -> TestCase? = CampaignFixture.load
    ) throws -> String {
        try CampaignPage(record, owner: nil, tool: "fathom") { load($0) }.text
    }

    @Test("the page shows the target, every call and every witness")
    func content() throws {
        let page = try Self.page()
        for text in [
            CampaignFixture.program, "<td>read</td>", "<td>openat</td>", "<td>socket</td>",
            "frontier", CampaignFixture.plain.id, CampaignFixture.limited.id, "whole life",
            "static set", "Docker&#39;s default profile",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test("the page is well-formed and refers to nothing outside of itself")
    func isSelfContained() throws {
        let page = try Self.page()
        for word in ["<script", "http://", "https://", "url(", "@import", "src="] {
            #expect(!page.contains(word), "\(word)")
        }
        for element in ["table", "tr", "td", "section", "span", "code", "body", "p"] {
            let opened =
                page.components(separatedBy: "<\(element)>").count
                + page.components(separatedBy: "<\(element) ").count - 1
            #expect(opened == page.components(separatedBy: "</\(element)>").count, "\(element)")
        }
        // Every link leads to a witness of the page.
        for link in page.components(separatedBy: "href=\"#").dropFirst() {
            let id = link.prefix { $0 != "\"" }
            #expect(page.contains("id=\"\(id)\""), "\(id)")
        }
    }

    @Test("what a target names itself or is given cannot become markup")
    func hostileText() throws {
        let hostile = "</td><script>alert('1')</script>\u{0}\u{1b}"
        let page = try Self.page { _ in
            var testCase = TestCase()
            testCase.arguments = [Array(hostile.utf8)]
            return testCase
        }
        #expect(!page.contains("<script"))
        #expect(page.contains("&#60;script&#62;"))
        let named: Markup = "\(hostile + "\u{202e}\u{85}\n")"
        #expect(named.text.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) })
        let attribute: Markup = "<a href=\"\("\" onclick=\"x")\">"
        #expect(attribute.text == "<a href=\"&#34; onclick=&#34;x\">")
    }

    @Test("a campaign without a static set has a page that says so")
    func withoutStaticSet() throws {
        let page = try Self.page(CampaignFixture.record(staticSet: nil))
        #expect(page.contains("could not be analysed"))
    }
}
