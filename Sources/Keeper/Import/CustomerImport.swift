import Contacts
import Store

/// Reads a customer file and upserts each of its rows, a few at a time.
package struct CustomerImport: Sendable {
  /// What became of the file.
  package struct Report: Sendable, Equatable, Codable {
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var refused: [Refused] = []
    package var warnings: [Refused] = []
    package var unknownColumns: [String] = []
    /// Rows that had a turn; fewer than the file has if the import stopped.
    package var rows = 0

    package init() {}
  }

  /// A line of the file and what is to be said of it.
  package struct Refused: Sendable, Equatable, Codable {
    package var line: Int
    package var reason: String
  }

  /// How many calls are under way at once.
  private static let width = 4
  private let upsert: ContactUpsert?

  /// - Parameter upsert: nil to read and judge the file without a call.
  package init(_ upsert: ContactUpsert?) { self.upsert = upsert }

  /// - Parameters:
  ///   - chunks: the file, piece by piece; no more than a piece is held.
  ///   - progress: called after every few rows.
  /// - Throws: where the file cannot be read at all, or nothing can be written; `report` then has what was done.
  package func run(
    chunks: some Sequence<[UInt8]>, report: inout Report, progress: (Report) -> Void
  ) async throws {
    var file = CustomerFile()
    for chunk in chunks { try await take(try file.feed(chunk), &report, progress) }
    try await take(try file.finish(), &report, progress)
    report.unknownColumns = file.columns?.unknown ?? []
    report.refused.sort { $0.line < $1.line }
    report.warnings.sort { $0.line < $1.line }
  }

  /// Rows of one e-mail address keep their order, and a new company is made by one row: a batch ends before either comes
  /// again.
  private func take(_ rows: [CustomerFile.Row], _ report: inout Report, _ progress: (Report) -> Void) async throws {
    var batch: [(line: Int, change: ContactChange)] = []
    var taken: Set<String> = []
    for row in rows {
      report.rows += 1
      switch row.outcome {
      case .refused(let reason): report.refused.append(Refused(line: row.line, reason: reason))
      case .accepted(let change, let warnings):
        report.warnings += warnings.map { Refused(line: row.line, reason: $0) }
        let claims = claims(of: change)
        if batch.count == Self.width || !taken.isDisjoint(with: claims) {
          try await send(batch, &report)
          progress(report)
          batch = []
          taken = []
        }
        batch.append((row.line, change))
        taken.formUnion(claims)
      }
    }
    try await send(batch, &report)
    progress(report)
  }

  /// What no other row may touch at the same time.
  private func claims(of change: ContactChange) -> Set<String> {
    var claims: Set = [MatchKey(rule: .email, email: change.email ?? "").value]
    if let company = change.company.value?.name, upsert?.knows(company: company) != true {
      claims.insert("company \(company)")
    }
    return claims
  }

  private func send(_ batch: [(line: Int, change: ContactChange)], _ report: inout Report) async throws {
    guard let upsert else { return }
    try await withThrowingTaskGroup(of: (Int, ContactUpsert.Outcome, [String]).self) { group in
      for (line, change) in batch {
        group.addTask {
          let (outcome, warnings) = try await upsert(change)
          return (line, outcome, warnings)
        }
      }
      for try await (line, outcome, warnings) in group {
        switch outcome {
        case .created: report.created += 1
        case .updated: report.updated += 1
        case .unchanged: report.unchanged += 1
        case .refused(let reason): report.refused.append(Refused(line: line, reason: reason))
        }
        report.warnings += warnings.map { Refused(line: line, reason: $0) }
      }
    }
  }
}
