import Wire

/// Cells of CSV, written so that no spreadsheet takes one for a formula, and read back as they were.
package enum TextCell {
  /// What a cell that begins so would be to a spreadsheet (OWASP, CSV injection), and the apostrophe that keeps it from being.
  private static let dangerous: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "'"]

  /// A text with an apostrophe before it where it needs one.
  package static func harmless(_ text: String) -> String {
    text.unicodeScalars.first.map(dangerous.contains) == true ? "'" + text : text
  }

  /// The text of a cell that `harmless` wrote.
  package static func plain(_ cell: String) -> String {
    guard cell.first == "'", let next = cell.unicodeScalars.dropFirst().first, dangerous.contains(next) else {
      return cell
    }
    return String(cell.unicodeScalars.dropFirst())
  }

  /// A cell with the quotes that it needs.
  package static func quoted(_ text: String, delimiter: Unicode.Scalar = ",") -> String {
    let mustQuote = text.unicodeScalars.contains { $0 == delimiter || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    return mustQuote ? "\"" + text.spelling(["\"": "\"\""]) + "\"" : text
  }

  /// A line of cells, harmless and quoted, without its end.
  package static func line(_ cells: [String]) -> String {
    cells.map { quoted(harmless($0)) }.joined(separator: ",")
  }
}
