/// A report as a program reads it.
package struct ScanDocument: Encodable {
  private struct Line: Encodable {
    var file: String
    var line: Int
    var column: Int?
    var method: String?
    var table: String?
    var setting: String?
    var verdict: Standing
    var sentence: String
  }

  private struct Change: Encodable {
    var call: String
    var verdict: Standing
    var count: Int
    var sentence: String
  }

  /// The folder that files are named from.
  private var root: String
  private var files: Int
  private var calls: Int
  private var carried: Int
  private var different: Int
  /// Those that are not carried and those of which it cannot be told.
  private var needsHand: Int
  private var notCarried: Int
  private var untold: Int
  private var findings: [Line]
  private var toChange: [Change]
  private var copies: [ScanReport.Copy]
  private var unread: [ScanReport.Unread]

  package init(_ report: ScanReport, root: String) {
    self.root = root
    files = report.files
    calls = report.findings.count
    carried = report.count(.carried)
    different = report.count(.different)
    notCarried = report.count(.notCarried)
    untold = report.count(.untold)
    needsHand = report.needingWork
    findings = report.findings.map {
      Line(
        file: $0.file, line: $0.line, column: $0.column, method: $0.method, table: $0.table, setting: $0.setting,
        verdict: $0.standing, sentence: $0.sentence)
    }
    toChange = (report.groups(.notCarried) + report.groups(.untold)).map {
      Change(call: $0.call, verdict: $0.standing, count: $0.count, sentence: $0.sentence)
    }
    (copies, unread) = (report.copies, report.unread)
  }
}
