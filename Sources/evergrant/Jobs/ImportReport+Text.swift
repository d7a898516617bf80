import Contacts
import Jobs
import Wire

/// What an import says to a person.
extension CustomerImport.Report {
  var summary: String {
    "\(rows.counted("row")): \(created) created, \(updated) updated, \(unchanged) unchanged, \(refused) refused"
      + repeats
  }

  var drySummary: String {
    "\(rows.counted("row")): \(accepted) would be added or updated, \(refused) refused" + repeats
  }

  private var repeats: String { repeated > 0 ? ", \(repeated) repeated" : "" }

  func words(isDry: Bool) -> String { isDry ? drySummary : summary }

  /// What each column is taken for, and why one is left out.
  var mapping: [String] {
    let used: [(column: String, words: String)] = columns.map { use in
      let condition = use.after.isEmpty ? "" : ", where \(Self.listed(use.after)) is empty"
      return (Printable.line(use.column), "is the \(Printable.line(use.meaning))\(condition)")
    }
    let unused = leftOut.filter { $0.reason == nil }.map(\.column)
    let told = leftOut.compactMap { left in
      left.reason.map { (column: Printable.line(left.column), words: "left out: \($0)") }
    }
    var lines = product.map { ["the columns are those of an export of \($0)"] } ?? []
    lines += ["columns used:"] + Self.table(used)
    if !leftOut.isEmpty {
      lines += ["columns not used:" + (unused.isEmpty ? "" : " \(Self.listed(unused))")] + Self.table(told)
    }
    return lines
  }

  private static func table(_ rows: [(column: String, words: String)]) -> [String] {
    let longest = rows.map(\.column.count).max() ?? 0
    return rows.map { "  \($0.column)\(String(repeating: " ", count: longest - $0.column.count))  \($0.words)" }
  }

  /// Contacts that are as the file has them, by this run or an earlier one of the same import.
  var settled: Int { created + updated + unchanged }

  /// - Parameters:
  ///   - isDry: whether the columns were told already.
  ///   - connection: the one that is imported to.
  func notes(isDry: Bool, to connection: String) -> [String] {
    var lines: [String] = []
    if !leftOut.isEmpty, !isDry { lines.append("columns not used: \(Self.listed(leftOut.map(\.column)))") }
    for (tag, count) in missingTags.sorted(by: { $0.key < $1.key }).prefix(Self.mostShown) {
      let rows = count.counted("row")
      lines.append("tag \(Printable.line(tag)) left out on \(rows): there is no such tag; --create-tags makes it")
    }
    if missingTags.count > Self.mostShown {
      let more = (missingTags.count - Self.mostShown).counted("tag")
      lines.append("\(more) more left out, since there are none of these names")
    }
    if deniesTags {
      lines.append(
        "tags left out: the key may not look them up or apply them. Make one that may: evergrant key add NAME --connection "
          + "\(CommandLineText.word(connection)) --contacts --key-file NAME.key")
    }
    if ambiguousDates > 0 {
      let rows = ambiguousDates.counted("row")
      lines.append("dates left out on \(rows): --dates day-first or --dates month-first says which it is")
    }
    if forgets {
      lines.append("more than \(SeenPeople.most) people: rows that repeat one beyond those are not told of")
    }
    return lines
  }

  /// How many tags are named that there are not.
  private static let mostShown = 20

  private static func listed(_ names: [String]) -> String { names.map(Printable.line).joined(separator: ", ") }
}

extension CustomerImport.Row {
  /// A line for each thing that there is to say.
  var notes: [String] {
    sample + (reason.map { ["line \(line) \($0)"] } ?? []) + warnings.map { "line \(line): \(Printable.line($0))" }
  }

  /// What it would be, in a dry run.
  private var sample: [String] {
    guard let entry else { return [] }
    let cells = ContactCells(CustomFieldModel())
    let contact = entry.change.applied(to: Contact(), as: .create)
    let told =
      zip(cells.header, cells.cells(id: "", contact, tags: entry.tags)).filter { !$0.1.isEmpty }
      + entry.custom.map { (CustomerColumns.Meaning.custom($0.field).name, $0.text) }
    return ["line \(line) would be:"] + told.map { "  \(Printable.line($0.0)): \(Printable.line($0.1))" }
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
  var product: String?
  var columns: [CustomerColumns.Use]
  var unknownColumns: [String]
  var leftOut: [CustomerColumns.LeftOut]
  /// On how many rows each tag was left out, since there is none of that name.
  var missingTags: [String: Int]
  var resumeAt: Int?

  init(_ report: CustomerImport.Report, _ listing: ImportListing, isDry: Bool) {
    dryRun = isDry
    (rows, created, updated, unchanged) = (report.rows, report.created, report.updated, report.unchanged)
    (accepted, refusedCount, repeatedCount) = (report.accepted, report.refused, report.repeated)
    warningCount = report.warnings
    (refused, repeated, warnings) = (listing.refused, listing.repeated, listing.warnings)
    (product, columns, leftOut) = (report.product, report.columns, report.leftOut)
    unknownColumns = report.leftOut.map(\.column)
    (missingTags, resumeAt) = (report.missingTags, report.resumeAt)
  }
}
