/// One step of a schema, applied once, in order; steps that have shipped never change.
package struct Migration: Sendable {
  package var version: Int
  package var statements: [String]
  /// What no statement can say; runs after the statements.
  package var rewrite: (@Sendable (any Transaction) throws -> Void)?

  package init(
    _ version: Int, _ statements: [String], rewrite: (@Sendable (any Transaction) throws -> Void)? = nil
  ) {
    self.version = version
    self.statements = statements
    self.rewrite = rewrite
  }
}

extension Database {
  /// Brings the schema up to the last of `migrations` in one transaction.
  ///
  /// - Throws: ``StoreError/unavailable(_:)`` where a newer version of the program has written the database.
  package func migrate(_ migrations: [Migration]) async throws {
    try await write { db in
      try db.execute("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY)")
      let current: Int = try db.row("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions")?["version"] ?? 0
      let known = migrations.last?.version ?? 0
      guard current <= known else {
        throw StoreError.unavailable(
          "it was written by a newer version of evergrant (schema \(current), this one knows \(known)); "
            + "install that version, or restore a backup made by this one")
      }
      for migration in migrations where migration.version > current {
        for statement in migration.statements { try db.execute(statement) }
        try migration.rewrite?(db)
        try db.execute("INSERT INTO schema_versions (version) VALUES ($1)", migration.version)
      }
    }
  }
}
