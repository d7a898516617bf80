import Wire

/// One record of a CSV file, or why it is refused, with the line (from 1) that it begins on.
package struct CSVRecord: Equatable, Sendable {
  package var line: Int
  package var fields: Result<[String], CSVFault>
  /// Its bytes without the line's end: of a refused record the first line, and nothing where that is too long.
  package var raw: [UInt8] = []
}

package enum CSVFault: Error, Equatable, Sendable, CustomStringConvertible {
  case notIn(TextEncoding, column: Int)
  case nul(column: Int)
  case unclosedQuote
  case textAfterQuote
  case tooLong(limit: Int)
  /// The same, with a quote open over the end of its first line.
  case tooLongInQuotes(limit: Int)
  case tooManyColumns(most: Int)

  package var description: String {
    switch self {
    case .notIn(let encoding, let column):
      "column \(column) is not \(encoding.rawValue)" + (encoding == .utf8 ? ": save the file as UTF-8" : "")
    case .nul(let column): "column \(column) holds a NUL, which is no character of a text"
    case .unclosedQuote: "a quote opens here and never closes"
    case .textAfterQuote: "text follows a closing quote: double a quote that belongs to the text"
    case .tooLong(let limit): "longer than \(limit) bytes"
    case .tooLongInQuotes(let limit): "longer than \(limit) bytes within quotes: one that opens here may never close"
    case .tooManyColumns(let most): "more than \(most) columns"
    }
  }
}
