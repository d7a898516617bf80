import OAuth
import Store

extension GrantStore {
  /// Those of the connections that are not quarantined.
  func unquarantined(_ names: [String]) async throws -> [String] {
    try await database.read { db in
      try names.filter {
        try db.row("SELECT name FROM connections WHERE name = $1 AND quarantine IS NULL", $0) != nil
      }
    }
  }

  /// Ends a quarantine: refreshing goes on with what the row holds, or with an offer in its place.
  func lift(
    _ name: String, adopting offer: Offer?, by kind: Event.Kind, expecting seen: Connection
  ) async throws -> Connection {
    try await counted { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard (row.epoch, row.version) == (seen.epoch, seen.version) else {
        throw KeeperError.refused("\(name) has changed meanwhile. Look at it again with: evergrant status")
      }
      if let offer, let refresh = offer.refresh {
        try db.execute(
          """
          UPDATE connections SET state = 'active', reason = NULL, epoch = $2, generation = $3, access_token = $4,
            access_from = $5, access_until = $6, refresh_token = $7, refresh_generation = $8, refresh_fingerprint = $9,
            refresh_until = $10, spent_fingerprint = NULL, spare_token = NULL, spare_fingerprint = NULL
          WHERE name = $1
          """,
          name, offer.epoch, offer.generation, offer.access.sealed, offer.access.from, offer.access.until,
          refresh.sealed, refresh.generation, refresh.fingerprint, refresh.until)
      } else if try db.row(
        "SELECT connection FROM offers WHERE connection = $1 AND (epoch > $2 OR (epoch = $2 AND generation > $3))",
        name, row.epoch, row.generation) != nil
      {
        // What was got for the stored token since tells that it was presented: if it is refused, that is why (K13).
        try db.execute(
          """
          UPDATE connections SET intent_epoch = epoch, intent_generation = generation,
            intent_fingerprint = refresh_fingerprint, intent_process = $2,
            intent_at = (SELECT MIN(access_from) FROM offers WHERE connection = $1 AND epoch = $3 AND generation > $4)
          WHERE name = $1 AND intent_fingerprint IS NULL
            AND EXISTS (SELECT 1 FROM offers WHERE connection = $1 AND epoch = $3 AND generation > $4)
          """, name, process, row.epoch, row.generation)
        // Passed over by the operator's word: to a new epoch what is offered is not newer, and does not come back.
        try db.execute(
          """
          UPDATE connections SET epoch = 1 + (SELECT MAX(epoch) FROM offers WHERE connection = $1) WHERE name = $1
          """, name)
      }
      // A doubt is about the token that is held, and stays with it (K1); the operator's word is that its process is gone.
      try db.execute(
        """
        UPDATE connections SET intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL, intent_at = NULL,
          intent_process = NULL WHERE name = $1 AND intent_fingerprint <> refresh_fingerprint
        """, name)
      if kind == .trusted {
        try db.execute(
          "UPDATE connections SET intent_process = $2 WHERE name = $1 AND intent_process IS NOT NULL", name, process)
      }
      try db.execute(
        """
        UPDATE connections SET quarantined_at = NULL, quarantined_uptime = NULL, quarantine = NULL,
          version = version + 1, retry_at = NULL, trouble = NULL
        WHERE name = $1
        """, name)
      try db.execute("DELETE FROM offers WHERE connection = $1", name)
      let whose = offer == nil ? "the tokens that are stored" : "the newer tokens that were offered"
      try event(kind, name, "\(whose) are taken for the newest, and refreshing goes on", db)
      guard let lifted = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return lifted
    }
  }

  /// Puts on record that the provider refuses the newest access token at hand, as long as the row is the one that was checked.
  func noteRefusal(of seen: Connection) async throws {
    guard seen.quarantine?.refusedAt == nil else { return }
    try await database.write { db in
      guard let row = try take(seen.name, db), (row.epoch, row.version) == (seen.epoch, seen.version) else { return }
      try db.execute("UPDATE connections SET quarantine_refused_at = $2 WHERE name = $1", seen.name, clock.now())
    }
  }
}
