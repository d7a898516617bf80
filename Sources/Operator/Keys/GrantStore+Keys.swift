import Keeper
import OAuth
import Store
import Wire

/// The storage acts of API keys. A key's text is never stored, only its fingerprint (K21).
extension GrantStore {
  /// - Throws: ``StoreError/conflict`` where a key has that name already.
  func addKey(
    _ name: String, _ secret: Secret, connection: String, rules: [APIKey.Rule], handsOutTokens: Bool, at now: Timestamp,
    until end: Timestamp, expectedEvery: Duration?
  ) async throws {
    try await database.write { db in
      guard try db.row("SELECT name FROM connections WHERE name = $1", connection) != nil else {
        throw KeeperError.noSuchConnection(connection)
      }
      try db.execute(
        """
        INSERT INTO api_keys (name, hash, connection, rules, hands_out_tokens, created_at, ends_at, expect_every, touched)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        name, secret.fingerprint, connection, rules.map(\.text).joined(separator: "\n"), handsOutTokens, now, end,
        expectedEvery?.milliseconds, try touch(db))
      try event(.keyAdded, connection, "API key \(name) added", db)
    }
  }

  func revokeKey(_ name: String, at now: Timestamp) async throws {
    try await database.write { db in
      guard
        let row = try db.row(
          "UPDATE api_keys SET revoked_at = $2, touched = $3 WHERE name = $1 AND revoked_at IS NULL RETURNING connection",
          name, now, try touch(db))
      else { throw KeeperError.noSuchKey(name) }
      try event(.keyRevoked, try row["connection"], "API key \(name) revoked", db)
    }
  }

  /// Whether the key of that name is revoked; nil where there never was one.
  func isKeyRevoked(_ name: String) async throws -> Bool? {
    try await database.read { db in
      guard let row = try db.row("SELECT revoked_at FROM api_keys WHERE name = $1", name) else { return nil }
      let revokedAt: Timestamp? = try row["revoked_at"]
      return revokedAt != nil
    }
  }

  /// Whether a key has that text, revoked or not.
  func hasKey(_ key: Secret) async throws -> Bool {
    try await database.read { db in
      try db.row("SELECT name FROM api_keys WHERE hash = $1", key.fingerprint) != nil
    }
  }

  /// The keys that are not revoked, by name.
  func keys() async throws -> [APIKey] { try await database.read { try keys(of: nil, $0) } }

  /// The keys of one connection, or of all, that are not revoked, by name.
  func keys(of connection: String?, _ db: any Transaction) throws -> [APIKey] {
    let rows =
      try connection.map {
        try db.rows("SELECT * FROM api_keys WHERE connection = $1 AND revoked_at IS NULL ORDER BY name", $0)
      } ?? db.rows("SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY name")
    return try rows.map { try APIKey($0) }
  }

  /// Nil where there is none of that name, or it was revoked.
  func key(_ name: String, _ db: any Transaction) throws -> APIKey? {
    try db.row("SELECT * FROM api_keys WHERE name = $1 AND revoked_at IS NULL", name).map { try APIKey($0) }
  }

  /// The keys whose jobs are expected to call, by name.
  func expectedKeys(at now: Timestamp, _ db: any Transaction) throws -> [APIKey] {
    try db.rows(
      """
      SELECT * FROM api_keys WHERE expect_every IS NOT NULL AND revoked_at IS NULL AND ends_at > $1 ORDER BY name
      """, now
    ).map { try APIKey($0) }
  }
}
