import Keeper
import Store
import Wire

/// The acts of a restore. No process works on the backup before it is in its place.
extension GrantStore {
  /// Names a backup that has no name yet, ends the console's passes, and notes the machine that it is restored on.
  func comeAlive(on machine: String?, _ db: any Transaction) throws {
    try db.execute("UPDATE store_state SET store = $1 WHERE id = 1 AND store = ''", Self.newName(random))
    try db.execute("DELETE FROM console_passes")
    if let machine { try db.execute("UPDATE store_state SET machine = $1 WHERE id = 1", machine) }
  }

  func quarantinedNames(_ db: any Transaction) throws -> [String] {
    try db.rows("SELECT name FROM connections WHERE quarantined_at IS NOT NULL ORDER BY name").map { try $0["name"] }
  }

  /// What this store, which a backup replaces, holds.
  func replaced(_ db: any Transaction) throws -> Replaced {
    Replaced(
      clients: try db.rows("SELECT * FROM clients ORDER BY name"),
      connections: try db.rows("SELECT * FROM connections ORDER BY name").map { ($0, try Connection($0)) },
      keys: try db.rows("SELECT * FROM api_keys ORDER BY name"),
      offers: try db.rows("SELECT * FROM offers").map(Offer.init),
      touches: try db.row("SELECT touches FROM store_state WHERE id = 1")?["touches"] ?? 0)
  }

  /// Has the count of changes go on from another store's, if that is the higher one.
  func countOn(from touches: Int64, _ db: any Transaction) throws {
    try db.execute("UPDATE store_state SET touches = $1 WHERE id = 1 AND touches < $1", touches)
  }

  /// Adds a row of the replaced store as it is.
  ///
  /// - Parameter columns: those of each table that rows are added to.
  func add(_ row: Row, to table: String, _ columns: [String: [String]], _ db: any Transaction) throws {
    let names = columns[table] ?? []
    let places = names.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    _ = try db.execute(
      "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(places))",
      values: try names.map { try row[$0] as Value })
  }

  func clientRow(_ name: String, _ db: any Transaction) throws -> Row? {
    try db.row("SELECT * FROM clients WHERE name = $1", name)
  }

  /// Sets a client's credentials, and what is known of them, as the replaced store has them.
  func setCredentials(from old: Row, _ db: any Transaction) throws {
    let names = ["secret", "redirect_uri", "scopes", "stopped", "changed_at", "changed", "is_vouched", "app_changed"]
    let settings = names.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: ", ")
    _ = try db.execute(
      "UPDATE clients SET \(settings) WHERE name = $\(names.count + 1)",
      values: try names.map { try old[$0] as Value } + [try old["name"] as Value])
  }

  func touchClient(_ name: String, _ db: any Transaction) throws {
    try db.execute("UPDATE clients SET touched = $2 WHERE name = $1", name, try touch(db))
  }

  /// - Returns: whether the key was there and not revoked.
  func revokeKey(hash: [UInt8], at now: Timestamp, _ db: any Transaction) throws -> Bool {
    try db.execute(
      "UPDATE api_keys SET revoked_at = $2, touched = $3 WHERE hash = $1 AND revoked_at IS NULL", hash, now,
      try touch(db)) == 1
  }

  func hasKey(hash: [UInt8], orNamed name: String, _ db: any Transaction) throws -> Bool {
    try db.row("SELECT name FROM api_keys WHERE hash = $1 OR name = $2", hash, name) != nil
  }
}
