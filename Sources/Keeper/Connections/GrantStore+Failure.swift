import OAuth
import Store

/// What a refusal did.
package enum Refusal: Sendable {
  /// A person must approve again.
  case needsApproval(Connection)
  /// The client's credentials are the trouble, not the grant.
  case client(Connection)
  /// There is another answer to try first.
  case trySpare
  /// The row holds another token than the refused one: the refusal says nothing of it.
  case superseded(Connection)
}

extension GrantStore {
  /// Records that the provider refused the presented token for good (K7, K14): a compare-and-set on epoch and token.
  package func refuse(_ claim: Claim, words: String, ambiguous: Bool) async throws -> Refusal {
    let name = claim.connection.name
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.epoch == claim.connection.epoch, row.refresh?.fingerprint == claim.held else {
        try releaseLease(name, db)
        return .superseded(row)
      }
      if let spare = row.spare, spare.fingerprint != claim.presented {
        try db.execute(
          """
          UPDATE connections SET intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL,
            intent_at = NULL, intent_process = NULL WHERE name = $1 AND intent_fingerprint = $2
          """, name, claim.presented)
        return .trySpare
      }
      if ambiguous, try !hasCredentials(of: claim, db) {
        try restoreIntent(claim, db)
        try releaseLease(name, db)
        return .superseded(row)
      }
      if ambiguous, try blamesClient(row, claim.client, db) {
        try stop(claim, "the provider refuses its tokens (\(words)), which it also does for a wrong client secret", db)
        return .client(row)
      }
      let reason = diagnosis(claim, words: words)
      try db.execute(
        """
        UPDATE connections SET state = 'needs_approval', reason = $2, version = version + 1, refused_at = $3,
          intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL, intent_at = NULL, intent_process = NULL,
          spare_token = NULL, spare_fingerprint = NULL, retry_at = NULL
        WHERE name = $1
        """, name, reason, ambiguous ? clock.now() : nil as Timestamp?)
      try releaseLease(name, db)
      try event(.refused, name, reason, db)
      guard let after = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return .needsApproval(after)
    }
  }

  /// Records that the provider does not accept the client: nothing more is sent with it, and no grant ends (K12).
  package func refuseClient(_ claim: Claim, words: String) async throws -> Connection {
    try await database.write { db in
      try stop(claim, "the provider does not accept the client's id and secret (\(words))", db)
      guard let row = try take(claim.connection.name, db) else {
        throw KeeperError.noSuchConnection(claim.connection.name)
      }
      return row
    }
  }

  /// Ends a flight of which the provider has seen nothing, or done nothing: the doubt found is put back (K1).
  ///
  /// - Parameter clockSkew: how far the provider's clock is ahead of ours, if its answer told.
  package func putBack(
    _ claim: Claim, words: String, after delay: Duration?, clockSkew: Duration? = nil
  ) async throws -> Connection {
    let name = claim.connection.name
    let pause = max(
      delay ?? .zero, RefreshPolicy.pause(afterFailures: claim.connection.failures + 1, fraction: random.fraction()))
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.lease?.holder == process, row.epoch == claim.connection.epoch else { return row }
      try restoreIntent(claim, db)
      try releaseLease(name, db)
      try db.execute(
        "UPDATE connections SET failures = failures + 1, retry_at = $2, retry_from = $3, trouble = $4 WHERE name = $1",
        name, clock.now() + pause, clock.now(), words)
      if let clockSkew { try note(clockSkew: clockSkew, of: name, db) }
      if claim.connection.failures == 0 { try event(.putOff, name, words, db) }
      guard let after = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return after
    }
  }

  /// Leaves a flight whose answer is unknown as it is: intent and lease stay, so nobody presents the token before the
  /// lease has ended, and later the more often that has happened (K13).
  package func doubt(_ claim: Claim, words: String) async throws -> Connection {
    let name = claim.connection.name
    let pause = max(
      claim.lease.remaining(at: clock.uptime()),
      RefreshPolicy.pause(afterFailures: claim.connection.failures + 1, fraction: random.fraction()))
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.epoch == claim.connection.epoch, row.refresh?.fingerprint == claim.held else { return row }
      try db.execute(
        "UPDATE connections SET failures = failures + 1, retry_at = $2, retry_from = $3, trouble = $4 WHERE name = $1",
        name, clock.now() + pause, clock.now(), words)
      try event(.answerLost, name, words, db)
      guard let after = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return after
    }
  }

  /// Records that the API refuses an access token that nobody can renew, or takes it again. It is sent on in any case: only the
  /// API knows whether a refusal is for good.
  func note(_ verdict: KeyUsage.Verdict) async throws {
    let name = verdict.connection
    try await database.write { db in
      guard let row = try take(name, db), row.state == .active, row.refresh == nil,
        (row.trouble == nil) != verdict.isTaken,
        AccessToken.Version(epoch: row.epoch, generation: row.generation) == verdict.token
      else { return }
      let words = "the API does not accept its access token any more, and there is no refresh token to get another with"
      try db.execute("UPDATE connections SET trouble = $2 WHERE name = $1", name, verdict.isTaken ? nil : words)
      try verdict.isTaken
        ? event(.takenAgain, name, "the API takes its access token again", db) : event(.refused, name, words, db)
    }
  }

  private func restoreIntent(_ claim: Claim, _ db: any Transaction) throws {
    let earlier = claim.earlierIntent
    try db.execute(
      """
      UPDATE connections SET intent_epoch = $2, intent_generation = $3, intent_fingerprint = $4, intent_at = $5,
        intent_process = $6 WHERE name = $1 AND epoch = $7 AND refresh_fingerprint = $8 AND intent_process = $9
      """,
      claim.connection.name, earlier?.epoch, earlier?.generation, earlier?.fingerprint, earlier?.at, earlier?.process,
      claim.connection.epoch, claim.held, process)
  }

  /// Whether the client still has the credentials that the flight was sent with.
  private func hasCredentials(of claim: Claim, _ db: any Transaction) throws -> Bool {
    try db.row(
      "SELECT name FROM clients WHERE name = $1 AND changed_at = $2", claim.client.name, claim.client.changedAt) != nil
  }

  private func stop(_ claim: Claim, _ reason: String, _ db: any Transaction) throws {
    let name = claim.connection.name
    guard try hasCredentials(of: claim, db) else {
      try restoreIntent(claim, db)
      return try releaseLease(name, db)
    }
    try db.execute(
      "UPDATE clients SET stopped = $2, touched = $3 WHERE name = $1", claim.client.name, reason, try touch(db))
    // What was blamed on the grants since the client last worked was the client's doing.
    try db.execute(
      """
      UPDATE connections SET state = 'active', reason = NULL, refused_at = NULL, version = version + 1
      WHERE client = $1 AND state = 'needs_approval' AND refused_at IS NOT NULL
        AND refused_at > COALESCE((SELECT MAX(refreshed_at) FROM connections WHERE client = $1), 0)
      """, claim.client.name)
    try restoreIntent(claim, db)
    try releaseLease(name, db)
    try event(.clientRefused, name, reason, db)
  }

  /// Whether an ambiguous refusal counts against the client: its credentials changed since the last success, or it is the
  /// third of its connections to be refused with no success between (K7).
  private func blamesClient(_ row: Connection, _ client: Client, _ db: any Transaction) throws -> Bool {
    let last: Int64 =
      try db.row("SELECT COALESCE(MAX(refreshed_at), 0) AS last FROM connections WHERE client = $1", client.name)?[
        "last"] ?? 0
    if client.changedAt.milliseconds > last { return true }
    let others: Int64 =
      try db.row(
        "SELECT COUNT(*) AS count FROM connections WHERE client = $1 AND name <> $2 AND refused_at > $3",
        client.name, row.name, last)?["count"] ?? 0
    return others >= 2
  }

  /// What a refusal means that is not disbelieved (K13, K14).
  private func diagnosis(_ claim: Claim, words: String) -> String {
    if let doubt = claim.earlierIntent, doubt.fingerprint == claim.presented {
      return RefusalDiagnosis.answerLost(at: doubt.at, words: words).sentence
    }
    return RefusalDiagnosis.notByUs(words: words).sentence
  }
}
