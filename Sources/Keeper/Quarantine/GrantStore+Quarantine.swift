import OAuth
import Store

extension GrantStore {
  /// Sets every rotating connection apart: nothing of it is refreshed until it is checked or trusted (K28).
  ///
  /// - Returns: how many connections that are.
  @discardableResult
  package func quarantineRotating(reason: String) async throws -> Int {
    try await compared { db, known in try quarantineRotating(reason, known: known, db) }
  }

  /// Quarantines if the store is behind what is known of it.
  func quarantineIfBehind() async throws {
    try await counted { _ in }
  }

  @discardableResult
  func quarantineRotating(_ reason: String, known: StoreMarks.Known?, _ db: any Transaction) throws -> Int {
    // From here on the store counts on from what is known, or the next look would find it behind again.
    if case .mark(let mark)? = known, mark.store == (try self.mark(db)).store {
      try db.execute(
        "UPDATE store_state SET landings = $1 WHERE id = 1 AND landings < $1", mark.landings)
    }
    try db.execute("UPDATE store_state SET quarantines = quarantines + 1, landings = landings + 1 WHERE id = 1")
    try db.execute("DELETE FROM offerings")
    let rotating = try db.rows("SELECT name FROM clients ORDER BY name").map { try $0["name"] as String }
      .filter { try Client.named($0, in: db, ring: nil, providers: providers).provider.rotates }
    var count = 0
    for client in rotating {
      for row in try db.rows(
        "SELECT name FROM connections WHERE client = $1 AND refresh_token IS NOT NULL ORDER BY name", client)
      {
        let name: String = try row["name"]
        _ = try take(name, db)
        try db.execute(
          """
          UPDATE connections SET quarantined_at = $2, quarantine = $3, version = version + 1,
            lease_holder = NULL, lease_until = NULL WHERE name = $1
          """, name, clock.now(), reason)
        try event(.quarantined, name, "not refreshed until it is checked or trusted: \(reason)", db)
        count += 1
      }
    }
    return count
  }

  /// Offers what was got for a token that is newer than the row's; the row stays as it is.
  func offer(_ received: Received, _ db: any Transaction) throws {
    guard let refresh = received.response.refreshToken,
      let row = try db.row("SELECT * FROM connections WHERE name = $1", received.connection).map(Connection.init)
    else { return }
    let provider = try Client.named(row.client, in: db, ring: nil, providers: providers).provider
    let generation = received.generation + 1
    let window = received.response.refreshTokenExpiresIn.map(Duration.seconds) ?? .days(provider.refreshWindowDays)
    try offer(
      Offer(
        connection: received.connection, epoch: received.epoch, generation: generation,
        access: Connection.Access(
          sealed: try ring.seal(
            received.response.accessToken, at: .accessToken(received.connection, generation: generation), random: random
          ), from: received.sentAt,
          until: received.sentAt + .seconds(received.response.expiresIn ?? provider.defaultLifetimeSeconds)),
        refresh: Connection.Refresh(
          sealed: try ring.seal(
            refresh, at: .refreshToken(received.connection, generation: generation), random: random),
          generation: generation, fingerprint: refresh.fingerprint, until: received.sentAt + window)), db)
  }

  /// Offers what a running process holds, and records that it has looked, for as long as somebody may ask.
  func offer(_ offers: [Offer]) async throws {
    try await database.write { db in
      for offer in offers { try self.offer(offer, db) }
      try db.execute(
        """
        INSERT INTO offerings (process, quarantine) SELECT $1, quarantines FROM store_state
        WHERE id = 1 AND EXISTS (SELECT 1 FROM connections WHERE quarantine IS NOT NULL)
        ON CONFLICT (process, quarantine) DO NOTHING
        """, process)
    }
  }

  func offer(_ offer: Offer, _ db: any Transaction) throws {
    guard let refresh = offer.refresh else { return }
    let (name, generation) = (offer.connection, offer.generation)
    // What comes from memory or from another database may name a key that is about to be dropped.
    let renewed = { (sealed: [UInt8], place: KeyRing.Place) in
      (try? ring.renewed(sealed, at: place, random: random)) ?? sealed
    }
    let added = try db.execute(
      """
      INSERT INTO offers (connection, fingerprint, epoch, generation, access_token, access_from, access_until,
        refresh_token, refresh_until, process, at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (connection, fingerprint) DO NOTHING
      """,
      name, refresh.fingerprint, offer.epoch, generation,
      renewed(offer.access.sealed, .accessToken(name, generation: generation)), offer.access.from, offer.access.until,
      renewed(refresh.sealed, .refreshToken(name, generation: generation)), refresh.until, process, clock.now())
    if added == 1 { try event(.offered, name, "newer tokens are at hand, generation \(generation)", db) }
  }
}

/// Tokens that are newer than a quarantined row's, sealed as a row's are.
package struct Offer: Sendable, Equatable {
  package var connection: String
  package var epoch: Int64
  package var generation: Int64
  package var access: Connection.Access
  package var refresh: Connection.Refresh?

  init(
    connection: String, epoch: Int64, generation: Int64, access: Connection.Access, refresh: Connection.Refresh?
  ) {
    self.connection = connection
    self.epoch = epoch
    self.generation = generation
    self.access = access
    self.refresh = refresh
  }

  init(_ row: Row) throws {
    generation = try row["generation"]
    connection = try row["connection"]
    epoch = try row["epoch"]
    access = Connection.Access(
      sealed: try row["access_token"], from: try row["access_from"], until: try row["access_until"])
    refresh = Connection.Refresh(
      sealed: try row["refresh_token"], generation: try row["generation"], fingerprint: try row["fingerprint"],
      until: try row["refresh_until"])
  }
}
