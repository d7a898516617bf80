import Keeper
import OAuth
import Store
import Wire

extension Desk {
  /// Makes an API key; its text is returned once and stored only as a hash (K21).
  ///
  /// - Parameters:
  ///   - expectedEvery: silence for longer is alerted.
  ///   - keep: is handed the text before the key counts, so that no key is made whose text is lost; where it throws, none is.
  package func addKey(
    _ name: String, connection: String, rules: [APIKey.Rule], handsOutTokens: Bool, lifetime: Duration = .days(365),
    expectedEvery: Duration? = nil, keep: @Sendable (Secret) throws -> Void = { _ in }
  ) async throws -> Secret {
    if let fault = GivenName.fault(in: name) { throw KeeperError.refused("The key's name \(fault).") }
    let secret = Credential.apiKey.draw(store.random)
    try keep(secret)
    let now = clock.now()
    do {
      try await store.database.write { [store] db in
        guard try db.row("SELECT name FROM connections WHERE name = $1", connection) != nil else {
          throw KeeperError.noSuchConnection(connection)
        }
        try db.execute(
          """
          INSERT INTO api_keys (name, hash, connection, rules, hands_out_tokens, created_at, ends_at, expect_every, touched)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
          """,
          name, secret.fingerprint, connection, rules.map(\.text).joined(separator: "\n"), handsOutTokens, now,
          now + lifetime, expectedEvery?.milliseconds, try store.touch(db))
        try store.event(.keyAdded, connection, "API key \(name) added", db)
      }
    } catch StoreError.conflict {
      throw KeeperError.alreadyThere("an API key named \(name)")
    }
    // The key counts already; what cannot be read now is read by the watch.
    try? await keeper.reload()
    return secret
  }

  /// Revokes a key: at once here, and in every other process within a second.
  package func revokeKey(_ name: String) async throws {
    let now = clock.now()
    try await store.database.write { [store] db in
      guard
        let row = try db.row(
          "UPDATE api_keys SET revoked_at = $2, touched = $3 WHERE name = $1 AND revoked_at IS NULL RETURNING connection",
          name, now, try store.touch(db))
      else { throw KeeperError.noSuchKey(name) }
      try store.event(.keyRevoked, try row["connection"], "API key \(name) revoked", db)
    }
    try await keeper.reload()
  }

  /// Whether a key was made here, be it good or not.
  package func hasMade(_ key: Secret) async throws -> Bool {
    try await store.database.read { db in
      try db.row("SELECT name FROM api_keys WHERE hash = $1", key.fingerprint) != nil
    }
  }

  /// The keys that are not revoked, by name.
  package func keys() async throws -> [APIKey] {
    try await store.database.read { db in
      try db.rows("SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY name").map { try APIKey($0) }
    }
  }
}
