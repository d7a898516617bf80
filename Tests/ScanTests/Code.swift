import Foundation
import TestKit

@testable import Scan

/// The code that the tests scan.
enum Code {
  static let folder = Project.file("Tests/ScanTests/Fixtures")

  /// All that a scan says of a folder or file of the fixtures.
  static func report(of path: String) throws -> ScanReport {
    try scanned(folder + "/" + path)
  }

  static func scanned(_ path: String) throws -> ScanReport {
    var tree = try SourceTree(path: path), report = ScanReport()
    while let entry = tree.next() {
      switch entry {
      case .source(let file, let bytes, let language): report.add(.of(bytes, language, path: file), of: file)
      case .unread(let unread): report.add(unread)
      }
    }
    report.finish()
    return report
  }

  /// The calls in a text, each as `line method(table)`.
  static func calls(_ text: String, _ language: Language = .php) -> [String] {
    var report = ScanReport()
    report.add(.of(Array(text.utf8), language, path: "a"), of: "a")
    report.finish()
    return report.findings.map { "\($0.line) \(name($0))" }
  }

  /// A finding as the expected ones are written: `?` for a method that cannot be seen, `(*)` for a table that cannot.
  static func name(_ finding: Finding) -> String {
    let isOfTables = finding.method.map(Verdict.isOfTables) == true
    return (finding.method ?? "?") + (finding.table.map { "(\($0))" } ?? (isOfTables ? "(*)" : ""))
  }

  /// The findings of a file of PHP.
  static func findings(_ text: String) -> [Finding] {
    var report = ScanReport()
    report.add(.of(Array("<?php\n\(text)\n".utf8), .php, path: "a.php"), of: "a.php")
    report.finish()
    return report.findings
  }
}
