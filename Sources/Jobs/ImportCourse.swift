import Contacts

/// How far a run of an import is.
struct ImportCourse {
  var seen = SeenPeople()
  var window = ImportWindow()
  /// Calls, or rows with calls of their own, that are under way.
  var calls = 0
  /// Rows that have begun and wait to go in one call.
  private(set) var collected: [CustomerImport.Beginning] = []
  private var collectedBytes = 0
  private(set) var report: CustomerImport.Report
  /// What earlier runs have settled.
  private let past: ImportMark
  private let pastRefusals: Set<Int>
  private var refusedLines: [Int]
  private var file: CustomerFile
  private var isRead = false
  /// The row that is to begin next, and the last that has begun.
  private var nextLine: Int?
  private var takenLine: Int?
  /// Where to go on, once the run has ended early.
  private var endMark: ImportMark?
  /// Whether somebody could not be told of a row: what was told last is not sure to be kept.
  private(set) var isUntold = false

  init(_ reading: CustomerFile.Reading, after past: ImportMark) {
    self.past = past
    pastRefusals = Set(past.refusedLines)
    refusedLines = past.refusedLines
    report = past.report
    file = CustomerFile(reading)
  }

  /// The meaning of the columns, once they are known.
  var columns: CustomerColumns? { file.columns }

  /// - Returns: the next rows of the file, and nil behind its last.
  mutating func read(_ chunk: () throws -> [UInt8]?) throws -> [CustomerFile.Row]? {
    guard !isRead else { return nil }
    let bytes = try chunk()
    isRead = bytes == nil
    let rows = if let bytes { try file.feed(bytes) } else { try file.finish() }
    if report.header.isEmpty, let columns = file.columns {
      report.columns = columns.uses
      report.leftOut = columns.leftOut
      report.product = columns.product?.name
      (report.header, report.delimiter) = (file.header, file.delimiter)
    }
    return rows
  }

  mutating func deniesTags() { report.deniesTags = true }

  mutating func begin(_ row: CustomerFile.Row) { if row.line >= past.line { nextLine = row.line } }

  mutating func collect(_ row: CustomerImport.Beginning) {
    collected.append(row)
    collectedBytes += row.raw.count
  }

  /// Whether a call of so many rows is together.
  func isFilled(_ size: Int) -> Bool { collected.count >= size || collectedBytes >= BatchOffer.mostBytes }

  mutating func takeCollected() -> [CustomerImport.Beginning] {
    defer { (collected, collectedBytes) = ([], 0) }
    return collected
  }

  /// What is collected comes to nothing, since the run ends.
  mutating func drop() {
    for row in takeCollected() { _ = window.land(row.number, nil) }
  }

  /// The row has begun, or needed no beginning.
  mutating func took(_ row: CustomerFile.Row) {
    guard row.line >= past.line else { return }
    (nextLine, takenLine) = (nil, row.line)
  }

  /// Where to go on, as far as the rows that wait to be told of do not say.
  private var onward: Int { nextLine ?? takenLine.map { $0 + 1 } ?? past.line }

  /// Whether an earlier run has done with the row.
  func isSettled(_ line: Int) -> Bool { line < past.line || past.beyond[line] != nil }

  /// Whether an earlier run saw the API refuse the row, so that its person is still to come.
  func wasRefused(_ line: Int) -> Bool { pastRefusals.contains(line) }

  /// Takes a row that needs no call, unless an earlier run has told of it.
  mutating func add(_ row: CustomerImport.Row) {
    guard row.line >= past.line else { return }
    switch past.beyond[row.line] {
    case nil: window.add(row)
    case .told: break
    case .created: window.add(CustomerImport.Row(line: row.line, outcome: .created))
    case .updated: window.add(CustomerImport.Row(line: row.line, outcome: .updated))
    case .unchanged: window.add(CustomerImport.Row(line: row.line, outcome: .unchanged))
    }
  }

  /// Makes a person new again whose row the API refused.
  mutating func forget(_ person: UInt64, on line: Int) {
    seen.forget(person, on: line)
    if refusedLines.count < ImportMark.mostRefused { refusedLines.append(line) }
  }

  /// Keeps what is settled, where it is time to.
  mutating func keep(_ keeping: CustomerImport.Keeping?) throws {
    guard let keeping, endMark != nil || keeping.isDue() else { return }
    do { try keeping.save(mark) } catch {
      isUntold = true
      throw error
    }
  }

  /// Reports the rows that are done, up to the first that is not.
  mutating func tell(_ tell: (CustomerImport.Row, CustomerImport.Report) throws -> Void) throws {
    while let row = window.popDone() { try self.tell(row, tell) }
  }

  private mutating func tell(
    _ row: CustomerImport.Row, _ tell: (CustomerImport.Row, CustomerImport.Report) throws -> Void
  ) throws {
    report.count(row)
    report.forgets = seen.isFull
    do { try tell(row, report) } catch {
      isUntold = true
      throw error
    }
  }

  /// Reports the rows that were done beyond one that came to nothing, and notes where to go on.
  mutating func end(_ tell: (CustomerImport.Row, CustomerImport.Report) throws -> Void) throws {
    guard !isUntold else { return }
    var mark = ImportMark(line: window.failedLine ?? onward)
    report.resumeAt = mark.line
    mark.beyond = past.beyond.filter { $0.key >= mark.line }
    for row in window.doneBeyond() {
      try self.tell(row, tell)
      if row.line >= mark.line { mark.beyond[row.line] = .told }
    }
    (mark.refusedLines, mark.report) = (refusedLines, report)
    endMark = mark
  }

  /// What is settled now.
  var mark: ImportMark {
    if let endMark { return endMark }
    var mark = ImportMark(line: window.firstLine ?? onward)
    mark.beyond = past.beyond.filter { $0.key >= mark.line }
    for row in window.doneBeyond() {
      switch row.outcome {
      case .created: mark.beyond[row.line] = .created
      case .updated: mark.beyond[row.line] = .updated
      case .unchanged: mark.beyond[row.line] = .unchanged
      // What there is to say of the others is still to be said.
      case .accepted, .refused, .repeated: break
      }
    }
    (mark.refusedLines, mark.report) = (refusedLines, report)
    return mark
  }
}
