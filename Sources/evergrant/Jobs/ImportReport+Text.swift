import Contacts
import Jobs
import Wire

/// What an import says to a person.
extension CustomerImport.Report {
  var summary: String {
    "\(rows) rows: \(created) created, \(updated) updated, \(unchanged) unchanged, \(refused) refused" + repeats
  }

  var drySummary: String { "\(rows) rows: \(accepted) would be added or updated, \(refused) refused" + repeats }

  private var repeats: String { repeated > 0 ? ", \(repeated) repeated" : "" }

  /// What each column is taken for.
  var mapping: [String] {
    let longest = columns.map { Printable.line($0.column).count }.max() ?? 0
    return ["columns used:"]
      + columns.map { use in
        let name = Printable.line(use.column)
        let condition = use.after.isEmpty ? "" : ", where \(Self.listed(use.after)) is empty"
        return "  \(name)\(String(repeating: " ", count: longest - name.count))  is the \(use.meaning)\(condition)"
      }
  }

  var notes: [String] {
    (unknownColumns.isEmpty ? [] : ["columns not used: \(Self.listed(unknownColumns))"])
      + (forgets
        ? ["more than \(SeenPeople.most) people: rows that repeat one beyond those are not told of"] : [])
  }

  private static func listed(_ names: [String]) -> String { names.map(Printable.line).joined(separator: ", ") }
}

extension CustomerImport.Row {
  /// A line for each thing that there is to say.
  var notes: [String] {
    (reason.map { ["line \(line) \($0)"] } ?? []) + warnings.map { "line \(line): \(Printable.line($0))" }
  }

  /// Why it was not taken.
  private var reason: String? {
    switch outcome {
    case .refused(let reason): "refused: \(Printable.line(reason))"
    case .repeated(let first): "left out: the same person as line \(first)"
    case .created, .updated, .unchanged, .accepted: nil
    }
  }
}

/// The rows that there is something to say of, as a program reads them.
struct ImportListing {
  struct Line: Encodable {
    var line: Int
    var reason: String
  }

  struct Repeat: Encodable {
    var line: Int
    var sameAs: Int
  }

  /// How many of a kind are listed, for a file in which hardly a row is right; all are counted.
  private static let most = 10_000

  private(set) var refused: [Line] = []
  private(set) var repeated: [Repeat] = []
  private(set) var warnings: [Line] = []

  mutating func add(_ row: CustomerImport.Row) {
    switch row.outcome {
    case .refused(let reason) where refused.count < Self.most: refused.append(Line(line: row.line, reason: reason))
    case .repeated(let first) where repeated.count < Self.most: repeated.append(Repeat(line: row.line, sameAs: first))
    default: break
    }
    if warnings.count < Self.most { warnings += row.warnings.map { Line(line: row.line, reason: $0) } }
  }
}

/// What `contacts import --json` prints.
struct ImportDocument: Encodable {
  var dryRun: Bool
  var rows: Int
  var created: Int
  var updated: Int
  var unchanged: Int
  /// In a dry run: rows that would be sent.
  var accepted: Int
  var refusedCount: Int
  var repeatedCount: Int
  var warningCount: Int
  var refused: [ImportListing.Line]
  var repeated: [ImportListing.Repeat]
  var warnings: [ImportListing.Line]
  var columns: [CustomerColumns.Use]
  var unknownColumns: [String]
  var resumeAt: Int?

  init(_ report: CustomerImport.Report, _ listing: ImportListing, isDry: Bool) {
    dryRun = isDry
    (rows, created, updated, unchanged) = (report.rows, report.created, report.updated, report.unchanged)
    (accepted, refusedCount, repeatedCount) = (report.accepted, report.refused, report.repeated)
    warningCount = report.warnings
    (refused, repeated, warnings) = (listing.refused, listing.repeated, listing.warnings)
    (columns, unknownColumns, resumeAt) = (report.columns, report.unknownColumns, report.resumeAt)
  }
}
