import Contacts
import Wire

/// Rows that were refused, as a file that can be mended and imported: the first line and each row as they stood, and before each
/// a column that says why, which an import steps over.
package struct RefusedRows: Sendable {
  private let encoding: TextEncoding
  private let isMarked: Bool
  private let delimiter: UInt8
  /// Whether the file has such a column already, from when it was refused before.
  private let hasReasons: Bool
  private let header: [UInt8]

  /// - Parameters:
  ///   - isMarked: whether the file that is imported begins with a byte-order mark.
  ///   - header: its first line, as `CSVRecord` has the bytes.
  package init(encoding: TextEncoding, isMarked: Bool, header: [UInt8], delimiter: UInt8?) {
    self.encoding = encoding
    self.isMarked = isMarked
    self.delimiter = delimiter ?? UInt8(ascii: ",")
    self.header = header
    hasReasons = header.starts(with: Array(CustomerColumns.reasonColumn.utf8) + [self.delimiter])
  }

  /// What the file begins with.
  package var head: [UInt8] { (isMarked ? encoding.mark : []) + line(CustomerColumns.reasonColumn, header) }

  /// A row of the file; a row that was too long to be kept is its reason alone.
  package func line(_ raw: [UInt8], because reason: String) -> [UInt8] {
    let text = TextCell.harmless(Printable.line(reason))
    return line(TextCell.quoted(text, delimiter: Unicode.Scalar(delimiter)), raw)
  }

  private func line(_ reason: String, _ raw: [UInt8]) -> [UInt8] {
    let rest = hasReasons ? withoutFirstCell(raw) : raw[...]
    guard encoding.isUTF16 else { return encoding.bytes(reason) + [delimiter] + rest + [0x0A] }
    let text = String(decoding: rest, as: UTF8.self)
    return encoding.bytes(reason + String(Unicode.Scalar(delimiter)) + text + "\n")
  }

  private func withoutFirstCell(_ raw: [UInt8]) -> ArraySlice<UInt8> {
    let quote = UInt8(ascii: "\"")
    var isQuoted = false
    for (index, byte) in raw.enumerated() {
      if byte == quote, index == 0 || isQuoted {
        isQuoted.toggle()
      } else if byte == quote, raw[index - 1] == quote {
        isQuoted.toggle()
      } else if byte == delimiter, !isQuoted {
        return raw[(index + 1)...]
      }
    }
    return raw[...]
  }
}
