import OAuth
import Store

package enum Landing: Sendable {
  /// The row holds the answer.
  case landed(Connection)
  /// The row holds something else that is as good or newer; the answer is kept as a spare if it may be needed.
  case superseded(Connection)
}

extension GrantStore {
  /// Stores an answer if the row still holds the token that was spent for it, whoever has the lease (K3).
  ///
  /// - Parameter sentAt: from when the lifetime counts (K17).
  package func land(
    _ response: TokenResponse, of claim: Claim, sentAt: Timestamp, clockSkew: Duration
  ) async throws -> Landing {
    let name = claim.connection.name
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.epoch == claim.connection.epoch else {
        try event(.answerNotKept, name, "an answer came for an approval that a newer one has replaced", db)
        return .superseded(row)
      }
      let isNew = response.refreshToken.map { $0.fingerprint != claim.presented } ?? false
      guard row.refresh?.fingerprint == claim.held else {
        try keepSpare(response, of: claim, row: row, db)
        return .superseded(row)
      }
      // Without a new refresh token nothing else tells a late answer from the newest (K6).
      guard isNew || row.version == claim.connection.version else { return .superseded(row) }

      let generation = row.generation + 1
      let place = claim.client.provider
      let lifetime = Duration.seconds(response.expiresIn ?? place.defaultLifetimeSeconds)
      try db.execute(
        """
        UPDATE connections SET state = 'active', reason = NULL, generation = $2, version = version + 1,
          access_token = $3, access_from = $4, access_until = $5, refreshed_at = $6, refused_at = NULL, clock_skew = $7,
          intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL, intent_at = NULL, intent_process = NULL,
          spare_token = NULL, spare_fingerprint = NULL, retry_at = NULL, failures = 0, trouble = NULL
        WHERE name = $1
        """,
        name, generation,
        try ring.seal(response.accessToken, at: .accessToken(name, generation: generation), random: random),
        sentAt, sentAt + lifetime, clock.now(), clockSkew.milliseconds)
      if let token = response.refreshToken {
        try db.execute(
          """
          UPDATE connections SET refresh_token = $2, refresh_generation = $3, refresh_fingerprint = $4,
            spent_fingerprint = $5 WHERE name = $1
          """,
          name, try ring.seal(token, at: .refreshToken(name, generation: generation), random: random), generation,
          token.fingerprint, claim.presented)
      }
      let window = response.refreshTokenExpiresIn.map(Duration.seconds) ?? .days(place.refreshWindowDays)
      try db.execute("UPDATE connections SET refresh_until = $2 WHERE name = $1", name, sentAt + window)
      try releaseLease(name, db)
      try event(.refreshed, name, "refreshed, generation \(generation)", db)
      guard let landed = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return .landed(landed)
    }
  }

  /// Keeps an answer that cannot land: if the row has moved on from the same token, both answers may be good.
  private func keepSpare(_ response: TokenResponse, of claim: Claim, row: Connection, _ db: any Transaction) throws {
    guard let token = response.refreshToken, token.fingerprint != row.refresh?.fingerprint,
      row.spent == claim.presented
    else { return }
    try db.execute(
      "UPDATE connections SET spare_token = $2, spare_fingerprint = $3 WHERE name = $1", row.name,
      try ring.seal(token, at: .spareToken(row.name), random: random), token.fingerprint)
    try event(
      .spareKept, row.name, "a second answer to the same refresh came late; it is kept until the first has proved good",
      db)
  }

  func releaseLease(_ name: String, _ db: any Transaction) throws {
    try db.execute(
      """
      UPDATE connections SET lease_holder = NULL, lease_boot = NULL, lease_until = NULL
      WHERE name = $1 AND lease_holder = $2
      """, name, process)
  }
}
