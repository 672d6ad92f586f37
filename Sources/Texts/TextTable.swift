/// Rows of text in columns that are as wide as their widest cell.
package struct TextTable: Sendable {
    /// On which side of a column its cells stand: text left, numbers right.
    package enum Alignment: Sendable {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Titles that are all empty make no line.
    package init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row with one cell for each column; a cell is one line, whatever stands in it.
    package mutating func append(_ cells: [String]) {
        rows.append(cells.map { ShownText.escaped($0) })
    }

    package var isEmpty: Bool { rows.isEmpty }

    /// The titles and rows as lines, two spaces between columns, nothing behind the last.
    package var text: ShownText { lines(width: .max).joined(separator: "\n") }

    /// The same at most `width` columns wide as far as the last column can be wrapped, which is
    /// to 20 columns at the least; `indent` spaces before each line.
    package func text(width: Int, indent: Int = 0) -> ShownText {
        let margin = ShownText(String(repeating: " ", count: indent))
        return lines(width: width - indent).map { margin + $0 }.joined(separator: "\n")
    }

    private static let narrowestLastColumn = 20

    private func lines(width: Int) -> [ShownText] {
        let titles = columns.map(\.title)
        let all = (titles.allSatisfy(\.isEmpty) ? [] : [titles]) + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let left = widths.dropLast().reduce(0) { $0 + $1 + 2 }
        let room = width == .max ? .max : max(Self.narrowestLastColumn, width - left)
        return all.flatMap { cells -> [ShownText] in
            let padded = columns.indices.dropLast().map { column in
                pad(cells[column], to: widths[column], columns[column].alignment)
            }
            guard let last = cells.last, let column = columns.last else { return [] }
            let parts =
                room == .max || column.alignment == .right
                ? [pad(last, to: widths[cells.count - 1], column.alignment)]
                : WrappedText.lines(last, width: room).map(\.text)
            let head = padded.map { $0 + "  " }.joined()
            let blank = String(repeating: " ", count: left)
            return parts.enumerated().map {
                ShownText(Self.trimmed(($0 == 0 ? head : blank) + $1))
            }
        }
    }

    private func pad(_ cell: String, to width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(0, width - cell.count))
        return alignment == .left ? cell + space : space + cell
    }

    private static func trimmed(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}
