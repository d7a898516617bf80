/// One step of a schema, applied once, in order; steps that have shipped never change.
package struct Migration: Sendable {
  package var version: Int
  package var statements: [String]
  /// What no statement can say; runs after the statements.
  package var rewrite: Rewrite?

  /// Goes through what is stored, and tells how many rows more it has gone through.
  package typealias Rewrite = @Sendable (_ db: any Transaction, _ told: (Int) -> Void) throws -> Void

  package init(
    _ version: Int, _ statements: [String], rewrite: (@Sendable (any Transaction) throws -> Void)? = nil
  ) {
    self.version = version
    self.statements = statements
    if let rewrite { self.rewrite = { db, _ in try rewrite(db) } }
  }

  package init(_ version: Int, _ statements: [String], counting rewrite: @escaping Rewrite) {
    self.version = version
    self.statements = statements
    self.rewrite = rewrite
  }
}

extension Database {
  /// Brings the schema up to the last of `migrations` in one transaction.
  ///
  /// - Parameter told: is told, of a step that goes through what is stored, how many rows it and those before it have gone
  ///   through, and how many of them since it was told last.
  /// - Throws: ``StoreError/unavailable(_:)`` where a newer version of the program has written the database.
  package func migrate(
    _ migrations: [Migration], telling told: @escaping @Sendable (_ rows: Int, _ more: Int) -> Void = { _, _ in }
  ) async throws {
    try await write { db in
      try db.execute("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY)")
      let current: Int = try db.row("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions")?["version"] ?? 0
      let known = migrations.last?.version ?? 0
      guard current <= known else {
        throw StoreError.unavailable(
          "it was written by a newer version of evergrant (schema \(current), this one knows \(known)); "
            + "install that version, or restore a backup made by this one")
      }
      var rows = 0
      for migration in migrations where migration.version > current {
        for statement in migration.statements { try db.execute(statement) }
        try migration.rewrite?(db) { more in
          rows += more
          told(rows, more)
        }
        try db.execute("INSERT INTO schema_versions (version) VALUES ($1)", migration.version)
      }
    }
  }
}
