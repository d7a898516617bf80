import Wire

/// What a file is that is no CSV, by its first bytes.
package enum ForeignForm: String, CaseIterable, Sendable {
  case workbook = "an Excel workbook or another archive"
  case pdf = "a PDF"
  case page = "a page of HTML or XML"
  case json = "JSON"

  /// - Returns: nil for what may be CSV.
  package init?(head: some Sequence<UInt8>) {
    let head = Array(head.prefix(1024))
    let text = Self.trimmed(head.dropFirst(head.starts(with: TextEncoding.utf8.mark) ? 3 : 0))
    if Self.archives.contains(where: { head.starts(with: $0) }) {
      self = .workbook
    } else if head.starts(with: Array("%PDF".utf8)) {
      self = .pdf
    } else if text.first == UInt8(ascii: "<") {
      self = .page
    } else if let first = text.first, let next = Self.trimmed(text.dropFirst()).first,
      "{[".utf8.contains(first), "{[\"]}".utf8.contains(next)
    {
      // A bracket alone may begin a column's name.
      self = .json
    } else {
      return nil
    }
  }

  /// How a zip archive begins, which a workbook is today, and how one of earlier versions does.
  private static let archives: [[UInt8]] = [[0x50, 0x4B, 0x03, 0x04], [0xD0, 0xCF, 0x11, 0xE0]]

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
  }
}
