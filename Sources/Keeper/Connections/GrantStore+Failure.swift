import OAuth
import Store

extension Claim {
  /// The doubt that the flight found about what it presented, or about the token that the row holds.
  fileprivate var doubt: Connection.Intent? {
    earlierIntent.flatMap { [presented, held].contains($0.fingerprint) ? $0 : nil }
  }
}

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
      // It came so late that another flight has begun with the same token, whose answer tells more.
      guard row.lease == claim.lease else { return .superseded(row) }
      if let spare = row.spare, spare.fingerprint != claim.presented {
        // The refusal ends the token's own doubt, unless it turns out to be the client's doing, and never that of the spare.
        if ambiguous || claim.earlierIntent?.fingerprint == spare.fingerprint {
          try restoreIntent(claim, db)
        } else if row.intent?.fingerprint == claim.presented {
          try clearIntent(name, db)
        }
        return .trySpare
      }
      if ambiguous, try !hasCredentials(of: claim, db) {
        try restoreIntent(claim, db)
        try releaseLease(name, db)
        return .superseded(row)
      }
      if let blame = try blame(claim, words: words, ambiguous: ambiguous, db) {
        try stop(claim, blame, db)
        return .client(row)
      }
      let reason = diagnosis(claim, words: words)
      if ambiguous {
        // If it turns out to be the client's doing, the doubt and the spare of before are as they were.
        try restoreIntent(claim, db)
      } else {
        try clearIntent(name, db)
      }
      try db.execute(
        """
        UPDATE connections SET state = 'needs_approval', reason = $2, version = version + 1,
          refused = CASE WHEN $3 = 1 THEN touched END, suspended_at = NULL,
          spare_token = CASE WHEN $3 = 1 THEN spare_token END,
          spare_fingerprint = CASE WHEN $3 = 1 THEN spare_fingerprint END, retry_at = NULL
        WHERE name = $1
        """, name, reason, ambiguous ? 1 : 0)
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
    let pause = max(delay ?? .zero, drawnPause(after: claim.connection.failures))
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.lease?.holder == process, row.epoch == claim.connection.epoch else { return row }
      try putOff(claim, words: words, for: pause, db)
      if let clockSkew { try note(clockSkew: clockSkew, of: name, db) }
      if claim.connection.failures == 0 { try event(.putOff, name, words, db) }
      guard let after = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return after
    }
  }

  /// Ends a flight that the provider has answered with “not now”: the grant lives, the doubt found is put back, and it is asked
  /// again before long (K7).
  func suspend(_ claim: Claim, words: String, clockSkew: Duration) async throws -> Connection {
    let name = claim.connection.name
    let pause = min(RefreshPolicy.suspension, drawnPause(after: claim.connection.failures))
    return try await database.write { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard row.lease?.holder == process, row.epoch == claim.connection.epoch else { return row }
      try putOff(claim, words: words, for: pause, db)
      try db.execute(
        "UPDATE connections SET suspended_at = COALESCE(suspended_at, $2) WHERE name = $1", name, clock.now())
      try note(clockSkew: clockSkew, of: name, db)
      if row.suspendedAt == nil { try event(.putOff, name, words, db) }
      guard let after = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return after
    }
  }

  /// Records that a flight was ended by a fault of our own. Lease and intent stay as it has left them.
  func noteFault(of name: String, words: String) async throws {
    let fraction = random.fraction()
    try await database.write { db in
      guard let row = try take(name, db), row.state == .active else { return }
      let now = clock.now(), trouble = "a fault of Evergrant's own ended its refresh (\(words))"
      try db.execute(
        "UPDATE connections SET failures = failures + 1, retry_at = $2, retry_from = $3, trouble = $4 WHERE name = $1",
        name, now + RefreshPolicy.pause(afterFailures: row.failures + 1, fraction: fraction), now, trouble)
      try event(.putOff, name, trouble, db)
    }
  }

  private func drawnPause(after failures: Int64) -> Duration {
    RefreshPolicy.pause(afterFailures: failures + 1, fraction: random.fraction())
  }

  private func putOff(_ claim: Claim, words: String, for pause: Duration, _ db: any Transaction) throws {
    let name = claim.connection.name, now = clock.now()
    try restoreIntent(claim, db)
    try releaseLease(name, db)
    try db.execute(
      "UPDATE connections SET failures = failures + 1, retry_at = $2, retry_from = $3, trouble = $4 WHERE name = $1",
      name, now + pause, now, words)
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

  private func clearIntent(_ name: String, _ db: any Transaction) throws {
    try db.execute(
      """
      UPDATE connections SET intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL, intent_at = NULL,
        intent_process = NULL WHERE name = $1
      """, name)
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
    try isCurrent(claim.client.changed, of: claim.client.name, db)
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
      UPDATE connections SET state = 'active', reason = NULL, refused = NULL, version = version + 1
      WHERE client = $1 AND state = 'needs_approval' AND refused > $2
      """, claim.client.name, try lastSuccess(of: claim.client, db))
    try restoreIntent(claim, db)
    try releaseLease(name, db)
    try event(.clientRefused, name, reason, db)
  }

  /// Why a refusal counts against the client, if it does (K7): another app stands behind its name since the last success; or,
  /// where the provider says the same of a wrong secret, its credentials changed since, or it is the third of its connections
  /// to be refused with no success between, where no lost answer explains it.
  private func blame(_ claim: Claim, words: String, ambiguous: Bool, _ db: any Transaction) throws -> String? {
    let client = claim.client, last = try lastSuccess(of: client, db)
    if let changed = client.appChanged, changed > last {
      return
        "the provider refuses its tokens (\(words)) since another app was set, and a grant counts for the app that it was "
        + "given to. Set the app of before again, or have its connections approved anew with evergrant reconnect"
    }
    guard ambiguous else { return nil }
    let name = claim.connection.name
    let others: Int64 =
      try db.row(
        """
        SELECT COUNT(*) AS count FROM connections
        WHERE client = $1 AND name <> $2 AND refused > $3 AND intent_fingerprint IS NULL
        """, client.name, name, last)?["count"] ?? 0
    guard (client.changed > last && !client.isVouched) || (claim.doubt == nil && others >= 2) else { return nil }
    return
      "the provider refuses its tokens (\(words)), which it also does for a wrong client secret. If the secret is right, an "
      + "approval has ended: evergrant reconnect \(name)"
  }

  /// When the provider last gave tokens to a client, by the store's count of changes: no clock orders what is compared here.
  private func lastSuccess(of client: Client, _ db: any Transaction) throws -> Int64 {
    try db.row("SELECT MAX(proven) AS last FROM connections WHERE client = $1", client.name)?["last"] ?? Int64.min
  }

  /// What a refusal means that is not disbelieved (K13, K14).
  private func diagnosis(_ claim: Claim, words: String) -> String {
    if let doubt = claim.doubt {
      return RefusalDiagnosis.answerLost(at: doubt.at, words: words).sentence
    }
    return RefusalDiagnosis.notByUs(words: words).sentence
  }
}
