import Contacts

/// Reads a customer file and upserts each of its rows: as many at once as the API takes, reported in the order of the file.
///
/// Two rows of one person would write over each other at every run. The first counts, and each later one is left out and
/// reported as such. If the API refuses the first, the next one has its turn.
package struct CustomerImport: Sendable {
  private let upsert: ContactUpsert?
  private let match: MatchRule
  private let isStopping: @Sendable () -> Bool

  /// - Parameters:
  ///   - upsert: nil to read and judge the file without a call.
  ///   - match: what makes two rows the same person.
  ///   - isStopping: whether no row more is to be begun.
  package init(
    _ upsert: ContactUpsert?, match: MatchRule, isStopping: @escaping @Sendable () -> Bool = { false }
  ) {
    self.upsert = upsert
    self.match = match
    self.isStopping = isStopping
  }

  /// - Parameters:
  ///   - chunk: gives the file, piece by piece, and nil at its end; no more than a piece is held.
  ///   - line: where to begin; what stands before was done by an earlier run.
  ///   - tell: called for each row in the order of the file, when it has had its turn.
  /// - Throws: where the file cannot be read, nothing can be written, or the import was stopped; what was under way is
  ///   waited for first, and `report` then has what was done and where to go on.
  package func run(
    _ chunk: () throws -> [UInt8]?, from line: Int = 1, report: inout Report, tell: (Row, Report) throws -> Void
  ) async throws {
    var course = Course(from: line)
    defer { report = course.report }
    try await withThrowingTaskGroup(of: Landing.self) { group in
      do {
        while let rows = try course.read(chunk) {
          for row in rows {
            course.begin(row)
            guard !isStopping() else { throw ContactAPI.Stopped() }
            try await take(row, &course, &group, tell)
            try course.tell(tell)
          }
        }
        while course.window.underWay > 0 { try await land(&course, &group, tell) }
      } catch {
        // What is under way is waited for, and counts.
        while course.window.underWay > 0 { try? await land(&course, &group, tell) }
        try? course.end(tell)
        throw error
      }
    }
  }

  /// How one row ended.
  private struct Landing: Sendable {
    var number: Int
    var line: Int
    var result: Result<ContactUpsert.Answer, any Error>
  }

  private func take(
    _ row: CustomerFile.Row, _ course: inout Course, _ group: inout ThrowingTaskGroup<Landing, any Error>,
    _ tell: (Row, Report) throws -> Void
  ) async throws {
    switch row.outcome {
    case .refused(let reason): course.add(Row(line: row.line, outcome: .refused(reason)))
    case .accepted(let change, let warnings):
      let claims = upsert.map { self.claims(of: change, $0) } ?? []
      while let upsert, course.window.mustWait(width: upsert.api.pace.width, claims: claims) {
        try await land(&course, &group, tell)
        guard !isStopping() else { throw ContactAPI.Stopped() }
      }
      let person = change.matchKey(match).map { SeenPeople.digest($0.value) }
      if let first = person.flatMap({ course.seen.meet($0, on: row.line) }) {
        course.add(Row(line: row.line, outcome: .repeated(of: first), warnings: warnings))
      } else if let upsert, row.line >= course.from {
        let number = course.window.begin(on: row.line, claims: claims, person: person)
        group.addTask {
          do {
            var answer = try await upsert(change)
            answer.warnings = warnings + answer.warnings
            return Landing(number: number, line: row.line, result: .success(answer))
          } catch { return Landing(number: number, line: row.line, result: .failure(error)) }
        }
      } else {
        course.add(Row(line: row.line, outcome: .accepted, warnings: warnings))
      }
    }
  }

  /// Waits for the next row that ends, in whatever order they do.
  private func land(
    _ course: inout Course, _ group: inout ThrowingTaskGroup<Landing, any Error>, _ tell: (Row, Report) throws -> Void
  ) async throws {
    guard let landing = try await group.next() else { return }
    switch landing.result {
    case .success(let answer):
      let row = Row(line: landing.line, outcome: Outcome(answer.outcome), id: answer.id, warnings: answer.warnings)
      if let person = course.window.land(landing.number, row) { course.seen.forget(person, on: landing.line) }
      try course.tell(tell)
    case .failure(let error):
      _ = course.window.land(landing.number, nil)
      throw error
    }
  }

  /// Rows of one e-mail address keep their order, and a new company is made by one row.
  private func claims(of change: ContactChange, _ upsert: ContactUpsert) -> Set<String> {
    var claims: Set = [MatchKey(rule: .email, email: change.email ?? "").value]
    if let company = change.company.value?.name, !upsert.knows(company: company) { claims.insert("company \(company)") }
    return claims
  }
}

extension CustomerImport.Outcome {
  fileprivate init(_ outcome: ContactUpsert.Outcome) {
    self =
      switch outcome {
      case .created: .created
      case .updated: .updated
      case .unchanged: .unchanged
      case .refused(let reason): .refused(reason)
      }
  }
}

/// How far a run is.
private struct Course {
  var seen = SeenPeople()
  var window = ImportWindow()
  var report = CustomerImport.Report()
  let from: Int
  private var file = CustomerFile()
  private var isRead = false
  /// The row that is to begin next.
  private var nextLine: Int?

  init(from line: Int) { from = line }

  /// - Returns: the next rows of the file, and nil behind its last.
  mutating func read(_ chunk: () throws -> [UInt8]?) throws -> [CustomerFile.Row]? {
    guard !isRead else { return nil }
    let bytes = try chunk()
    isRead = bytes == nil
    let rows = if let bytes { try file.feed(bytes) } else { try file.finish() }
    if report.columns.isEmpty, let columns = file.columns {
      report.columns = columns.uses
      report.unknownColumns = columns.unknown
    }
    return rows
  }

  mutating func begin(_ row: CustomerFile.Row) { if row.line >= from { nextLine = row.line } }

  /// Takes a row that needs no call, unless an earlier run has told of it.
  mutating func add(_ row: CustomerImport.Row) { if row.line >= from { window.add(row) } }

  /// Reports the rows that are done, up to the first that is not.
  mutating func tell(_ tell: (CustomerImport.Row, CustomerImport.Report) throws -> Void) throws {
    while let row = window.popDone() {
      report.count(row)
      report.forgets = seen.isFull
      try tell(row, report)
    }
  }

  /// Reports the rows that were done beyond one that came to nothing, and notes where to go on.
  mutating func end(_ tell: (CustomerImport.Row, CustomerImport.Report) throws -> Void) throws {
    report.resumeAt = window.failedLine ?? nextLine
    for row in window.doneBeyond() {
      report.count(row)
      try tell(row, report)
    }
  }
}
