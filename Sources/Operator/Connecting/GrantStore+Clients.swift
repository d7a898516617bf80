import Keeper
import OAuth
import Store
import Wire

/// An app's credentials as a person gives them.
struct GivenClient: Sendable {
  var name: String
  /// Its entry's name.
  var provider: String
  var baseURL: String?
  var clientID: String
  var secret: Secret?
  var redirectURI: String?
  /// Nil for what the provider's entry names.
  var scopes: String?
}

/// The storage acts of clients.
extension GrantStore {
  /// - Throws: ``StoreError/conflict`` where a client has that name already.
  func addClient(_ given: GivenClient, at now: Timestamp) async throws {
    try await database.write { db in
      try db.execute(
        """
        INSERT INTO clients (name, provider, base_url, client_id, secret, redirect_uri, changed_at, scopes, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """, given.name, given.provider, given.baseURL, given.clientID, try seal(given), given.redirectURI, now,
        given.scopes, try touch(db))
    }
  }

  /// Sets a client's credentials anew; where it was stopped, it goes on.
  func replaceClient(_ given: GivenClient, at now: Timestamp) async throws {
    try await database.write { db in
      // Whoever sets the secret again as it is, where it has worked or was blamed, says that it is right: the next refusals
      // are not blamed on a change (K7).
      let known = try? Client.named(given.name, in: db, ring: ring, providers: providers)
      let isSame =
        known.map { $0.clientID == given.clientID && $0.secret?.exposed == given.secret?.exposed } ?? false
      let changed = try db.execute(
        """
        UPDATE clients SET provider = $2, base_url = $3, client_id = $4, secret = $5, redirect_uri = $6,
          changed_at = $7, scopes = $8, stopped = NULL, touched = $9,
          changed = $9,
          is_vouched = CASE WHEN $10 = 1 AND provider = $2 AND COALESCE(base_url, '') = COALESCE($3, '')
            AND (stopped IS NOT NULL OR is_vouched = 1
              OR changed <= (SELECT MAX(proven) FROM connections WHERE client = $1)) THEN 1 ELSE 0 END,
          app_changed = CASE WHEN client_id = $4 AND provider = $2 AND COALESCE(base_url, '') = COALESCE($3, '')
            THEN app_changed ELSE $9 END
        WHERE name = $1
        """, given.name, given.provider, given.baseURL, given.clientID, try seal(given), given.redirectURI, now,
        given.scopes, try touch(db),
        isSame)
      guard changed == 1 else { throw KeeperError.noSuchClient(given.name) }
    }
  }

  private func seal(_ given: GivenClient) throws -> [UInt8]? {
    try given.secret.map { try ring.seal($0, at: .clientSecret(given.name), random: random) }
  }

  /// The clients by name, without their secrets.
  func clients() async throws -> [Client] {
    try await database.read { db in
      try db.rows("SELECT name FROM clients ORDER BY name").map {
        try Client.named(try $0["name"], in: db, ring: nil, providers: providers)
      }
    }
  }
}
