/// Numbers as people read them.
package enum Figures {
    /// With a comma between groups of three digits: `128,403`.
    package static func count(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// A count and its noun, which takes an s unless there is one of it.
    package static func count(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Hours, minutes and seconds: `7:59:58`.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
        let total = Int(seconds)
        let pair = [total / 60 % 60, total % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(count(total / 3600)):" + pair.joined(separator: ":")
    }

    /// Three significant digits for what is small, whole numbers for what is large.
    package static func rate(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "?" }
        if number >= 100 { return count(Int(number.rounded())) }
        let scaled = Int((number * 100).rounded())
        let cents = scaled % 100
        return "\(scaled / 100)." + (cents < 10 ? "0\(cents)" : "\(cents)")
    }

    /// The first digits of a test case's id: enough to tell it from the others of a campaign.
    package static func short(_ id: String) -> String { String(id.prefix(8)) }

    /// The last component of a path.
    package static func fileName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
