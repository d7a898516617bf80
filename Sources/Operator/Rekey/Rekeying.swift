import Store
import Wire

/// Seals anew, under the newest key of a ring, what older keys have sealed: row by row, beside running servers.
///
/// Each row is one transaction that takes the row before it reads it, so that no landing in between is lost. It can break
/// off anywhere: what is done stays done, and what names an older key is found again. Nobody is told to read the row anew: what
/// a process has in memory under an older key still opens there.
package struct Rekeying: Sendable {
  package struct Progress: Sendable, Equatable {
    package var done: Int
    package var total: Int
  }

  package struct Outcome: Sendable, Equatable {
    package var renewed = 0
    /// What does not open with its key; it is left as it is.
    package var unopened: [SealedValue] = []
  }

  private let database: any Database
  private let ring: KeyRing
  private let random: Randomness

  package init(database: any Database, ring: KeyRing, random: Randomness) {
    self.database = database
    self.ring = ring
    self.random = random
  }

  /// Returns when no act that began before now is still under way: whatever is sealed from here on has the newest key.
  package func barrier() async throws { try await database.write { _ in } }

  package func renew(_ progress: @Sendable (Progress) -> Void = { _ in }) async throws -> Outcome {
    let old = Set(ring.ids).subtracting([ring.current])
    var outcome = Outcome(), rows: [(SealedTable, [Value])] = []
    for table in SealedTable.all { rows += try await self.rows(of: table, naming: old).map { (table, $0) } }
    for (done, (table, row)) in rows.enumerated() {
      let (renewed, unopened) = try await renew(row, of: table)
      outcome.renewed += renewed
      outcome.unopened += unopened
      progress(Progress(done: done + 1, total: rows.count))
    }
    return outcome
  }

  /// The values that name one of these keys.
  ///
  /// - Parameter opening: whether only what opens counts.
  package func values(naming ids: Set<UInt32>, opening: Bool = false) async throws -> [SealedValue] {
    guard !ids.isEmpty else { return [] }
    return try await database.read { [ring] db in
      try SealedTable.all.flatMap { table in
        try table.columns.flatMap { column in
          let (condition, values) = SealedTable.names(ids, column: column.name)
          return try db.rows("SELECT * FROM \(table.name) WHERE \(condition)", values: values).filter { row in
            opening ? (try? ring.open(try row[column.name], at: column.place(row))) != nil : true
          }.map { SealedValue(table: table.name, owner: try $0[table.owner], column: column.name) }
        }
      }
    }
  }

  private func rows(of table: SealedTable, naming ids: Set<UInt32>) async throws -> [[Value]] {
    guard !ids.isEmpty else { return [] }
    return try await database.read { db in
      let conditions = table.columns.map { SealedTable.names(ids, column: $0.name) }
      let condition = conditions.map(\.0).joined(separator: " OR "), values = conditions.first?.1 ?? []
      let identity = table.identity.joined(separator: ", ")
      return try db.rows(
        "SELECT \(identity) FROM \(table.name) WHERE \(condition) ORDER BY \(identity)", values: values
      ).map { row in try table.identity.map { try row[$0] as Value } }
    }
  }

  private func renew(_ identity: [Value], of table: SealedTable) async throws -> (Int, [SealedValue]) {
    let isRow = table.identity.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: " AND ")
    return try await database.write { [ring, random] db in
      let key = table.identity[0]
      guard
        let row = try db.rows("UPDATE \(table.name) SET \(key) = \(key) WHERE \(isRow) RETURNING *", values: identity)
          .first
      else { return (0, []) }
      var renewed = 0, unopened: [SealedValue] = []
      for column in table.columns {
        guard let sealed: [UInt8] = try row[column.name], KeyRing.key(of: sealed) != ring.current else { continue }
        guard let new = try? ring.renewed(sealed, at: column.place(row), random: random) else {
          unopened.append(SealedValue(table: table.name, owner: try row[table.owner], column: column.name))
          continue
        }
        let next = identity.count
        renewed += try db.execute(
          "UPDATE \(table.name) SET \(column.name) = $\(next + 1) WHERE \(isRow) AND \(column.name) = $\(next + 2)",
          values: identity + [.blob(new), .blob(sealed)])
      }
      return (renewed, unopened)
    }
  }
}
