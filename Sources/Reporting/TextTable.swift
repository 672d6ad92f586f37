/// Rows of text in columns that are as wide as their widest cell.
package struct TextTable: Sendable {
    /// On which side of a column its cells stand: text left, numbers right.
    package enum Alignment: Sendable {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row with one cell for each column.
    package mutating func append(_ cells: [String]) {
        rows.append(cells)
    }

    /// The titles and rows as lines, two spaces between columns, nothing behind the last.
    package var text: String {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            let padded = columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return columns[column].alignment == .left
                    ? cells[column] + space : space + cells[column]
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
