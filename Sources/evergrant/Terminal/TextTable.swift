/// Rows of words for a terminal, below each other.
enum TextTable {
  static func of(_ head: [String], _ rows: [[String]], orElse none: String) -> String {
    if rows.isEmpty { return none }
    let lines = [head] + rows
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let padded = zip(line, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
      let text = padded.joined(separator: "  ")
      return String(text[..<(text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex)])
    }.joined(separator: "\n")
  }
}
