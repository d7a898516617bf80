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
  package func lift(
    _ name: String, adopting offer: Offer?, by kind: Event.Kind, expecting seen: Connection
  ) async throws -> Connection {
    try await counted { db in
      let row = try takeKnown(name, db)
      guard (row.epoch, row.version) == (seen.epoch, seen.version) else {
        throw KeeperError.refused("\(name) has changed meanwhile. Look at it again with: evergrant status")
      }
      let offers = try db.rows("SELECT * FROM offers WHERE connection = $1", name).map(Offer.init)
      let lifted = row.lifted(adopting: offer, beside: offers, isTrusted: kind == .trusted, by: process)
      try lifted.save(db)
      try db.execute("DELETE FROM offers WHERE connection = $1", name)
      let whose = offer == nil ? "the tokens that are stored" : "the newer tokens that were offered"
      try event(kind, name, "\(whose) are taken for the newest, and refreshing goes on", db)
      return lifted
    }
  }

  /// Puts on record that the provider refuses the newest access token at hand, as long as the row is the one that was checked.
  func noteRefusal(of seen: Connection) async throws {
    guard seen.quarantine?.refusedAt == nil else { return }
    try await database.write { db in
      guard let row = try take(seen.name, db), (row.epoch, row.version) == (seen.epoch, seen.version) else { return }
      try row.checkRefused(at: clock.now()).save(db)
    }
  }
}
