internal import Texts

/// HTML that is put together from parts, with every text in it escaped.
///
/// A target decides what stands in paths, arguments and names, so nothing gets into a page but
/// through here.
struct Markup: Sendable, ExpressibleByStringInterpolation {
    let text: String

    /// Markup as it is written in the program.
    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    private init(safe text: String) { self.text = text }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ parts: [Markup]) { text += parts.map(\.text).joined() }
        mutating func appendInterpolation(_ plain: String) {
            text += Markup.escaped(ShownText.escaped(plain))
        }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
    }

    /// Text and attribute values: what ends or begins either is written as its number.
    private static func escaped(_ plain: String) -> String {
        var result = ""
        for scalar in plain.unicodeScalars {
            switch scalar {
            case "&", "<", ">", "\"", "'": result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A table; cells of columns whose title ends with a `#` are numbers.
    static func table(_ titles: [String], _ rows: [[Markup]]) -> Markup {
        let isNumber = titles.map { $0.hasSuffix("#") }
        let head = titles.map { title -> Markup in
            title.hasSuffix("#")
                ? "<th class=n>\(String(title.dropLast()))</th>" : "<th>\(title)</th>"
        }
        let body = rows.map { row -> Markup in
            let cells = zip(row, isNumber).map { cell, isNumber -> Markup in
                isNumber ? "<td class=n>\(cell)</td>" : "<td>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <div class=wide><table><thead><tr>\(head)</tr></thead><tbody>
            \(body)</tbody></table></div>

            """
    }

    static func section(_ title: String, _ note: String = "", _ body: [Markup]) -> Markup {
        let explanation: Markup = note.isEmpty ? "" : "<p>\(note)</p>\n"
        return "<section><h2>\(title)</h2>\n\(explanation)\(body)</section>\n"
    }
}
