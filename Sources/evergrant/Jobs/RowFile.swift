import Foundation
import Jobs
import Wire

/// What became of each row of an import, as a CSV file of its own.
final class RowFile {
  private let handle: FileHandle
  private var pending = "line,outcome,id,note\n"

  /// - Parameter file: what is imported, which must not be written over.
  init(path: String, insteadOf file: String) throws {
    guard URL(filePath: path).resolvingSymlinksInPath() != URL(filePath: file).resolvingSymlinksInPath() else {
      throw Denied("\(path) is the file that is imported: give the report another name.")
    }
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw Denied("The report \(path) cannot be written by the user \(DataOwner.name).") }
    self.handle = handle
  }

  func write(_ row: CustomerImport.Row) throws {
    let cells = [
      "\(row.line)", row.outcome.word, row.id ?? "", row.remarks.map(Printable.line).joined(separator: "; "),
    ]
    pending += cells.map(Self.cell).joined(separator: ",") + "\n"
    if pending.utf8.count > 64 << 10 { try flush() }
  }

  func close() throws {
    try flush()
    try handle.close()
  }

  private func flush() throws {
    try handle.write(contentsOf: Data(pending.utf8))
    pending = ""
  }

  /// A text that no spreadsheet takes for a formula.
  private static func cell(_ text: String) -> String {
    let text = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
    return text.contains(where: { ",\"".contains($0) }) ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
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
