import Keeper
import OAuth
import Store

extension Desk {
  /// Stores an app's credentials, or sets them anew: the secret is sealed, and a client that was stopped goes on.
  ///
  /// - Parameters:
  ///   - baseURL: what `{base}` stands for in the provider's addresses, where its entry has one.
  ///   - scopes: what its connections ask for; none is what the provider's entry names.
  package func addClient(
    _ name: String, provider: String, baseURL: String?, clientID: String, secret: Secret?, redirectURI: String?,
    scopes: [String] = [], replacing: Bool
  ) async throws {
    if !replacing, let fault = GivenName.fault(in: name) { throw KeeperError.refused("The client's name \(fault).") }
    let known = try self.provider(provider)
    guard let entry = known.at(base: baseURL) else {
      throw KeeperError.refused("\(known.title) needs --base-url: \(known.base?.what ?? "its address").")
    }
    guard entry.route(for: nil) != nil else {
      throw KeeperError.refused(
        "\(baseURL ?? entry.apiOrigin) is not an https address, or http on this machine, without a path.")
    }
    if let endpoint = entry.unusableEndpoint {
      throw KeeperError.refused("\(endpoint) is not an https address, or http on this machine. Check --base-url.")
    }
    guard let scopeText = Scope(parsing: scopes.joined(separator: " "))?.text else {
      throw KeeperError.refused(
        "A scope has a character that no scope may have. Give each one by a --scope of its own.")
    }
    if let redirectURI { try entry.requireRedirect(redirectURI) }
    let now = clock.now()
    let stored = scopeText.isEmpty ? nil : scopeText
    do {
      try await store.database.write { [store] db in
        let sealed = try secret.map { try store.ring.seal($0, at: .clientSecret(name), random: store.random) }
        let count = try store.touch(db)
        if replacing {
          // Whoever sets the secret again as it is, where it has worked or was blamed, says that it is right: the next refusals
          // are not blamed on a change (K7).
          let known = try? Client.named(name, in: db, ring: store.ring, providers: store.providers)
          let isSame = known.map { $0.clientID == clientID && $0.secret?.exposed == secret?.exposed } ?? false
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
            """, name, provider, baseURL, clientID, sealed, redirectURI, now, stored, count,
            isSame)
          guard changed == 1 else { throw KeeperError.noSuchClient(name) }
        } else {
          try db.execute(
            """
            INSERT INTO clients (name, provider, base_url, client_id, secret, redirect_uri, changed_at, scopes, changed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, name, provider, baseURL, clientID, sealed, redirectURI, now, stored, count)
        }
      }
    } catch StoreError.conflict {
      throw KeeperError.alreadyThere("a client named \(name)")
    }
    try await keeper.reload()
  }

  /// An entry by its name.
  package func provider(_ name: String) throws -> Provider {
    guard let entry = store.providers.entries[name] else { throw KeeperError.noSuchProvider(name) }
    return entry
  }

  /// The clients by name, without their secrets.
  package func clients() async throws -> [Client] {
    try await store.database.read { [store] db in
      try db.rows("SELECT name FROM clients ORDER BY name").map {
        try Client.named(try $0["name"], in: db, ring: nil, providers: store.providers)
      }
    }
  }

  /// A client that can be used to approve with.
  package func client(_ name: String) async throws -> Client { try await store.usableClient(name) }
}
