import Contacts
import Jobs
import Wire

/// What became of each row of an import, as a CSV file of its own.
final class RowFile {
  private let file: WrittenFile

  /// - Parameters:
  ///   - source: what is imported.
  ///   - noted: how long the files of an earlier run were.
  init(path: String, insteadOf source: String, noted: [String: Int64] = [:]) throws {
    file = try WrittenFile(path: path, insteadOf: source, noted: noted)
    if file.length == 0 { try file.write(Array("line,outcome,id,note\n".utf8)) }
  }

  func write(_ row: CustomerImport.Row) throws {
    let cells = [
      "\(row.line)", row.outcome.word, row.id ?? "", row.remarks.map(Printable.line).joined(separator: "; "),
    ]
    try file.write(Array((TextCell.line(cells) + "\n").utf8))
  }

  func sync() throws -> [String: Int64] { try file.sync() }

  func remove() { file.remove() }
}

/// The rows that were refused, to be mended and imported; there is none where none was refused.
final class RefusedFile {
  private let encoding: TextEncoding
  private let isMarked: Bool
  private var file: WrittenFile?
  private var rows: RefusedRows?

  /// - Parameter noted: how long the files of an earlier run were.
  init(
    path: String, insteadOf source: String, encoding: TextEncoding, isMarked: Bool, noted: [String: Int64] = [:]
  ) throws {
    (self.encoding, self.isMarked) = (encoding, isMarked)
    // Whether it can be written is seen before anything is imported.
    file = try WrittenFile(path: path, insteadOf: source, noted: noted)
  }

  func write(_ row: CustomerImport.Row, _ report: CustomerImport.Report) throws {
    guard case .refused(let reason) = row.outcome, let file else { return }
    let rows =
      self.rows
      ?? RefusedRows(encoding: encoding, isMarked: isMarked, header: report.header, delimiter: report.delimiter)
    if file.length == 0 { try file.write(rows.head) }
    try file.write(rows.line(row.raw, because: "line \(row.line): \(reason)"))
    self.rows = rows
  }

  func sync() throws -> [String: Int64] { try file?.sync() ?? [:] }

  func remove() { file?.remove() }

  /// The import is over.
  func end() throws {
    _ = try sync()
    if file?.length == 0 { remove() }
    file = nil
  }
}

extension CustomerImport.Row {
  fileprivate var remarks: [String] {
    switch outcome {
    case .refused(let reason): [reason] + warnings
    case .repeated(let first): ["the same person as line \(first)"] + warnings
    case .created, .updated, .unchanged, .accepted: warnings
    }
  }
}

extension CustomerImport.Outcome {
  fileprivate var word: String {
    switch self {
    case .created: "created"
    case .updated: "updated"
    case .unchanged: "unchanged"
    case .accepted: "accepted"
    case .refused: "refused"
    case .repeated: "repeated"
    }
  }
}
