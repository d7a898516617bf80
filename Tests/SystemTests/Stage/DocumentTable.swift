import Foundation
import TestKit

/// A table of a document, which a test holds to what comes to pass.
struct DocumentTable {
  /// The first cell of each row, in order.
  private(set) var names: [String] = []
  private var cells: [String: [String: String]] = [:]

  /// - Parameter corner: the head of the first column, by which the table is known.
  init(of file: String, corner: String) throws {
    let text = try String(contentsOfFile: Project.file(file), encoding: .utf8)
    let lines = text.components(separatedBy: "\n").drop { !$0.hasPrefix("| \(corner) |") }.prefix { $0.hasPrefix("|") }
    guard let first = lines.first else { throw Missed("\(file) has no table of “\(corner)”") }
    let head = Self.cells(first)
    for line in lines.dropFirst(2) {
      let row = Self.cells(line)
      guard row.count == head.count, let name = row.first else { throw Missed("\(file) has a row such as \(line)") }
      names.append(name)
      cells[name] = Dictionary(zip(head, row)) { $1 }
    }
  }

  private static func cells(_ line: String) -> [String] {
    line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Nil where there is no such row or column.
  subscript(row: String, column: String) -> String? { cells[row]?[column] }
}

extension DocumentTable {
  /// What libraries do under both sets of rules.
  static func libraries() throws -> DocumentTable {
    try DocumentTable(of: "docs/rehearsing.md", corner: "what comes to pass")
  }

  /// The rows that a column has under one of the two sets of rules, `evergrant` or `keap`.
  func steps(of column: String, by rules: String) -> Set<String> {
    Set(names.filter { ["both", "`\(rules)`"].contains(self[$0, column]) })
  }
}
