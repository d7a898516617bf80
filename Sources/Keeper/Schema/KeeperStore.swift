import Store
import Wire

/// What makes a file a keeper's store, and one that this version can work on.
package enum KeeperStore {
  package static let name = "keeper.sqlite"
  /// What every version of a keeper's store has.
  private static let tables: Set<String> = ["clients", "connections", "attempts", "api_keys", "schema_versions"]
  package static var version: Int { KeeperSchema.migrations.last?.version ?? 0 }

  /// - Returns: why the file cannot be worked on, as the second half of a sentence; nil if it can.
  package static func fault(in file: SQLite) async -> String? {
    do {
      if let damage = try await file.damage() { return "is damaged: \(damage)" }
      let found = try await file.tables()
      guard tables.isSubset(of: found) else {
        return found.contains("grants")
          ? "is the database of an issuer, not of a keeper" : "is a database, but not a keeper's"
      }
      let written: Int = try await file.read { db in try version(db) }
      guard written <= version else {
        return "was written by a newer version of evergrant (schema \(written), this one knows \(version))"
      }
      return nil
    } catch {
      return "cannot be read as a database: \(error)"
    }
  }

  package static func version(_ db: any Transaction) throws -> Int {
    try db.row("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions")?["version"] ?? 0
  }
}

extension DataFolder {
  /// Makes a backup of the keeper's store, also beside a running server. The backup holds no key.
  ///
  /// - Parameter replacing: whether a file that is there is replaced.
  package func backUpKeeper(
    to path: String, ring: KeyRing, replacing: Bool, clock: WallClock
  ) async throws -> BackupRecord {
    guard databases.contains(KeeperStore.name) else {
      throw Refusal(description: "There is no keeper's data in \(self.path), so there is nothing to back up.")
    }
    let now = clock.now(), key = ring.current
    let database = try await database(KeeperStore.name, migrations: KeeperSchema.migrations)
    try await backUp(database, to: path, replacing: replacing)
    let record = BackupRecord(at: now, key: key, path: path)
    try self.record(record)
    return record
  }
}
