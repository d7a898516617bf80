import Keeper
import Store

/// What is read of the chain of events.
extension GrantStore {
  /// The next events after one, oldest first.
  ///
  /// - Parameter connection: whose events; nil for everybody's.
  func events(of connection: String?, after id: Int64, most: Int) async throws -> [AuditEntry] {
    try await database.read { db in
      let rows =
        try connection.map {
          try db.rows("SELECT * FROM events WHERE connection = $3 AND id > $1 ORDER BY id LIMIT $2", id, most, $0)
        } ?? db.rows("SELECT * FROM events WHERE id > $1 ORDER BY id LIMIT $2", id, most)
      return try rows.map(AuditEntry.init)
    }
  }

  func chainEnd() async throws -> ChainEnd {
    try await database.read { db in
      guard let state = try db.row("SELECT event_count, event_head FROM store_state WHERE id = 1"),
        let events = try db.row("SELECT COALESCE(MAX(id), 0) AS last FROM events")
      else { throw StoreError.unreadable("no store state") }
      return ChainEnd(count: try state["event_count"], head: try state["event_head"], last: try events["last"])
    }
  }
}
