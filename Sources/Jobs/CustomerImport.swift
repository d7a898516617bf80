import Contacts

/// Reads a customer file and upserts each of its rows: as many at once as the API takes, many in one call where it has that,
/// reported in the order of the file.
///
/// Two rows of one person would write over each other at every run. The first counts, and each later one is left out and
/// reported as such. If the API refuses the first, the next one has its turn.
package struct CustomerImport: Sendable {
  /// Who keeps what is settled, so that a later run goes on from there.
  package struct Keeping {
    /// Whether it is time to.
    let isDue: () -> Bool
    /// Where it throws, the run ends, and what was kept before counts.
    let save: (ImportMark) throws -> Void

    package init(isDue: @escaping () -> Bool, save: @escaping (ImportMark) throws -> Void) {
      self.isDue = isDue
      self.save = save
    }
  }

  /// How many rows of a dry run say what they would be.
  private static let mostSamples = 3

  private let upsert: ContactUpsert?
  private let match: MatchRule
  private let reading: CustomerFile.Reading
  private let isStopping: @Sendable () -> Bool

  /// - Parameters:
  ///   - upsert: nil to read and judge the file without a call.
  ///   - match: what makes two rows the same person.
  ///   - reading: how the file is to be read.
  ///   - isStopping: whether no row more is to be begun.
  package init(
    _ upsert: ContactUpsert?, match: MatchRule, reading: CustomerFile.Reading = .init(),
    isStopping: @escaping @Sendable () -> Bool = { false }
  ) {
    self.upsert = upsert
    self.match = match
    self.reading = reading
    self.isStopping = isStopping
  }

  /// - Parameters:
  ///   - chunk: gives the file, piece by piece, and nil at its end; no more than a piece is held.
  ///   - past: what earlier runs have settled.
  ///   - keeping: who keeps what this one settles.
  ///   - tell: called for each row in the order of the file, when it has had its turn.
  /// - Throws: where the file cannot be read, nothing can be written, or the import was stopped; what was under way is
  ///   waited for first, and `report` then has what was done and where to go on.
  package func run(
    _ chunk: () throws -> [UInt8]?, after past: ImportMark = ImportMark(), report: inout Report,
    keeping: Keeping? = nil,
    tell: (Row, Report) throws -> Void
  ) async throws {
    var course = ImportCourse(reading, after: past)
    defer { report = course.report }
    try await withThrowingTaskGroup(of: [Landing].self) { group in
      do {
        var isPrepared = false
        while let rows = try course.read(chunk) {
          if !isPrepared, let columns = course.columns {
            try await upsert?.prepare(for: columns)
            isPrepared = true
          }
          for row in rows {
            course.begin(row)
            guard !isStopping() else { throw ContactAPI.Stopped() }
            try await take(row, &course, &group, tell)
            course.took(row)
            try course.tell(tell)
            try course.keep(keeping)
          }
          // What was read goes before the file is waited for.
          try await send(&course, &group, tell)
        }
        while course.window.underWay > 0 {
          try await land(&course, &group, tell)
          try course.keep(keeping)
        }
      } catch {
        course.drop()
        // What is under way is waited for, and counts.
        while course.window.underWay > 0 {
          let isUntold = course.isUntold
          try? await land(&course, &group) { if !isUntold { try tell($0, $1) } }
        }
        try? course.end(tell)
        if !course.isUntold { try? course.keep(keeping) }
        throw error
      }
    }
  }

  /// A row that begins.
  struct Beginning: Sendable {
    var number: Int
    var line: Int
    var raw: [UInt8]
    var entry: CustomerEntry
    var warnings: [String]
  }

  /// How one row ended.
  private struct Landing: Sendable {
    var row: Beginning
    var result: Result<ContactUpsert.Answer, any Error>
  }

  private func take(
    _ row: CustomerFile.Row, _ course: inout ImportCourse, _ group: inout ThrowingTaskGroup<[Landing], any Error>,
    _ tell: (Row, Report) throws -> Void
  ) async throws {
    while course.window.isFull { try await makeRoom(&course, &group, tell) }
    switch row.outcome {
    case .refused(let reason): course.add(Row(line: row.line, outcome: .refused(reason), raw: row.raw))
    case .accepted(let entry, let warnings):
      let person = entry.change.matchKey(match).map { SeenPeople.digest($0.value) }
      guard !course.isSettled(row.line) else {
        if let person, !course.wasRefused(row.line) { _ = course.seen.meet(person, on: row.line) }
        return course.add(Row(line: row.line, outcome: .accepted))
      }
      var claims: Set<String> = []
      while let upsert {
        // Others may have made meanwhile what this row would have made, or shown that there are no batches.
        claims = self.claims(of: entry, upsert)
        let mostCalls = upsert.callsBefore(entry)
        guard course.calls >= mostCalls || course.window.holds(claims) || course.window.isFull else { break }
        try await makeRoom(&course, &group, tell)
        guard !isStopping() else { throw ContactAPI.Stopped() }
      }
      if let first = person.flatMap({ course.seen.meet($0, on: row.line) }) {
        course.add(Row(line: row.line, outcome: .repeated(of: first), warnings: warnings))
      } else if let upsert {
        let number = course.window.begin(on: row.line, claims: claims, person: person)
        let beginning = Beginning(number: number, line: row.line, raw: row.raw, entry: entry, warnings: warnings)
        guard upsert.goesInBatch(entry) else { return begin([beginning], isBatch: false, &course, &group) }
        course.collect(beginning)
        if course.isFilled(upsert.batchSize) { try await send(&course, &group, tell) }
      } else {
        let isSample = course.report.accepted < Self.mostSamples
        course.add(Row(line: row.line, outcome: .accepted, warnings: warnings, entry: isSample ? entry : nil))
      }
    }
  }

  /// Waits until something has ended. What is collected may be what is waited for.
  private func makeRoom(
    _ course: inout ImportCourse, _ group: inout ThrowingTaskGroup<[Landing], any Error>,
    _ tell: (Row, Report) throws -> Void
  ) async throws {
    try await send(&course, &group, tell)
    try await land(&course, &group, tell)
  }

  /// Sends the rows that are collected for one call, once there may be one more.
  private func send(
    _ course: inout ImportCourse, _ group: inout ThrowingTaskGroup<[Landing], any Error>,
    _ tell: (Row, Report) throws -> Void
  ) async throws {
    guard let upsert, !course.collected.isEmpty else { return }
    while course.calls >= upsert.mostBatches {
      try await land(&course, &group, tell)
      guard !isStopping() else { throw ContactAPI.Stopped() }
    }
    let rows = course.takeCollected()
    begin(rows, isBatch: true, &course, &group)
  }

  private func begin(
    _ rows: [Beginning], isBatch: Bool, _ course: inout ImportCourse,
    _ group: inout ThrowingTaskGroup<[Landing], any Error>
  ) {
    guard let upsert else { return }
    course.calls += 1
    group.addTask {
      guard !isBatch else {
        return zip(rows, await upsert(rows.map(\.entry))).map { Landing(row: $0, result: $1) }
      }
      do { return [Landing(row: rows[0], result: .success(try await upsert(rows[0].entry)))] } catch {
        return [Landing(row: rows[0], result: .failure(error))]
      }
    }
  }

  /// Waits for the next call that ends, in whatever order they do.
  private func land(
    _ course: inout ImportCourse, _ group: inout ThrowingTaskGroup<[Landing], any Error>,
    _ tell: (Row, Report) throws -> Void
  ) async throws {
    guard let landings = try await group.next() else { return }
    course.calls -= 1
    var failure: (any Error)?
    for landing in landings {
      let (number, line) = (landing.row.number, landing.row.line)
      switch landing.result {
      case .success(let answer):
        let warnings = landing.row.warnings + answer.warnings
        var row = Row(line: line, outcome: Outcome(answer.outcome), id: answer.id, warnings: warnings)
        row.missingTags = answer.missingTags
        if case .refused = answer.outcome { row.raw = landing.row.raw }
        if let person = course.window.land(number, row) { course.forget(person, on: line) }
      case .failure(let error):
        _ = course.window.land(number, nil)
        failure = failure ?? error
      }
    }
    if let upsert, upsert.deniesTags { course.deniesTags() }
    if let failure { throw failure }
    try course.tell(tell)
  }

  /// Rows of one e-mail address keep their order, and a new company or tag is made by one row; in a batch the API sees to that.
  private func claims(of entry: CustomerEntry, _ upsert: ContactUpsert) -> Set<String> {
    let made = upsert.goesInBatch(entry) ? [] : upsert.makes(entry)
    return Set([MatchKey(rule: .email, email: entry.change.email ?? "").value] + made)
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
