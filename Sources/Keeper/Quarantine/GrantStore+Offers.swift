import Store

/// Tokens that are newer than a quarantined row's, sealed as a row's are.
package struct Offer: Sendable, Equatable {
  package var connection: String
  package var epoch: Int64
  /// The generation that the access token was sealed under.
  package var generation: Int64
  package var access: Connection.Access
  /// Fingerprint of the refresh token that goes with it.
  package var fingerprint: [UInt8]
  /// The refresh token, with the generation that it was sealed under; nil where it is known of and not at hand.
  package var refresh: Connection.Refresh?
}

extension Offer {
  init(
    connection: String, epoch: Int64, generation: Int64, access: Connection.Access, refresh: Connection.Refresh
  ) {
    self.init(
      connection: connection, epoch: epoch, generation: generation, access: access, fingerprint: refresh.fingerprint,
      refresh: refresh)
  }

  /// The tokens that a row holds.
  package init?(_ row: Connection) {
    guard let access = row.access, let refresh = row.refresh else { return nil }
    self.init(connection: row.name, epoch: row.epoch, generation: row.generation, access: access, refresh: refresh)
  }

  package init(_ row: Row) throws {
    generation = try row["generation"]
    connection = try row["connection"]
    epoch = try row["epoch"]
    access = Connection.Access(
      sealed: try row["access_token"], from: try row["access_from"], until: try row["access_until"])
    fingerprint = try row["fingerprint"]
    if let sealed: [UInt8] = try row["refresh_token"] {
      refresh = Connection.Refresh(
        sealed: sealed, generation: try row["refresh_generation"], fingerprint: fingerprint,
        until: try row["refresh_until"])
    }
  }

  /// Of two offers with one refresh token: the newer access token, and the refresh token of whichever has it.
  func joined(with other: Offer) -> Offer {
    var joined = (epoch, generation) < (other.epoch, other.generation) ? other : self
    joined.refresh = refresh ?? other.refresh
    return joined
  }

  package func isNewer(than row: Connection) -> Bool { (epoch, generation) > (row.epoch, row.generation) }
}

extension GrantStore {
  /// Offers what was got for a token that is newer than the row's; the row stays as it is.
  func offer(_ received: Received, beside row: Connection, _ db: any Transaction) throws {
    let tokens = try seal(
      received.response, refreshToken: received.response.refreshToken, for: row.name,
      generation: received.generation + 1,
      of: Client.named(row.client, in: db, ring: nil, providers: providers).provider, from: received.sentAt)
    // Where the answer brought no refresh token, the one that was presented is still the newest (K6).
    var refresh = tokens.refresh ?? (row.refresh?.fingerprint == received.presented ? row.refresh : nil)
    refresh?.until = tokens.grantUntil
    try offer(
      Offer(
        connection: row.name, epoch: received.epoch, generation: received.generation + 1, access: tokens.access,
        fingerprint: refresh?.fingerprint ?? received.presented, refresh: refresh), db)
  }

  /// Offers what this process holds, and records that it has looked through its memory, while any connection is quarantined.
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

  package func offer(_ offer: Offer, _ db: any Transaction) throws {
    let name = offer.connection
    let known = try db.row(
      "SELECT * FROM offers WHERE connection = $1 AND fingerprint = $2", name, offer.fingerprint
    ).map(Offer.init)
    let offer = known.map { $0.joined(with: offer) } ?? offer
    guard offer != known else { return }
    // What comes from memory or from another database may name a key that is about to be dropped.
    let renewed = { (sealed: [UInt8], place: KeyRing.Place) in
      (try? ring.renewed(sealed, at: place, random: random)) ?? sealed
    }
    let refresh = offer.refresh.map { renewed($0.sealed, .refreshToken(name, generation: $0.generation)) }
    try db.execute("DELETE FROM offers WHERE connection = $1 AND fingerprint = $2", name, offer.fingerprint)
    try db.execute(
      """
      INSERT INTO offers (connection, fingerprint, epoch, generation, access_token, access_from, access_until,
        refresh_token, refresh_generation, refresh_until, process, at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      """,
      name, offer.fingerprint, offer.epoch, offer.generation,
      renewed(offer.access.sealed, .accessToken(name, generation: offer.generation)), offer.access.from,
      offer.access.until, refresh, offer.refresh?.generation, offer.refresh?.until, process, clock.now())
    // The next approval must begin an epoch beyond the offer's, or memory would take that approval for older (K3). What is
    // known of a store under another name does not raise the count, so the offer does.
    try db.execute("UPDATE store_state SET landings = $1 WHERE id = 1 AND landings < $1", offer.epoch)
    if let row = try take(name, db), row.quarantine?.refusedAt != nil { try row.offeredNewer().save(db) }
    let what =
      refresh == nil
      ? "a newer access token is at hand, and the refresh token that goes with it is not" : "newer tokens are at hand"
    try event(.offered, name, "\(what), generation \(offer.generation)", db)
  }

  /// A connection with the newest tokens that are offered for it, if they are newer than its own.
  package func quarantined(_ name: String) async throws -> (Connection, Offer?, Client) {
    try await database.read { db in
      guard let row = try connection(name, db) else { throw KeeperError.noSuchConnection(name) }
      let newest = try db.rows(
        "SELECT * FROM offers WHERE connection = $1 ORDER BY epoch DESC, generation DESC, at DESC LIMIT 1", name
      ).first.map(Offer.init)
      return (
        row, newest.flatMap { $0.isNewer(than: row) ? $0 : nil },
        try Client.named(row.client, in: db, ring: nil, providers: providers)
      )
    }
  }

  /// The processes that live and have not offered what they hold since the last restored backup.
  func silentProcesses(among living: [String]) async throws -> [String] {
    try await database.read { db in
      let heard = Set(
        try db.rows(
          "SELECT process FROM offerings WHERE quarantine = (SELECT quarantines FROM store_state WHERE id = 1)"
        ).map { try $0["process"] as String })
      return living.filter { !heard.contains($0) }
    }
  }
}
