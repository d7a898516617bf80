import Store

extension Claim {
  /// The doubt that the flight found about what it presented, or about the token that the row holds.
  fileprivate var doubt: Connection.Intent? {
    earlierIntent.flatMap { [presented, held].contains($0.fingerprint) ? $0 : nil }
  }
}

/// What a refusal did.
package enum RefusalEffect: Sendable {
  /// A person must approve again.
  case needsApproval(Connection)
  /// The client's credentials are the trouble, not the grant.
  case client(Connection)
  /// There is a spare to try first.
  case trySpare
  /// The row holds another token than the refused one: the refusal says nothing of it.
  case superseded(Connection)
}

extension GrantStore {
  /// Records that the provider refused the presented token for good (K7, K14): a compare-and-set on epoch and token.
  package func refuse(_ claim: Claim, words: String, ambiguous: Bool) async throws -> RefusalEffect {
    let name = claim.connection.name
    return try await database.write { db in
      let row = try takeKnown(name, db)
      guard row.epoch == claim.connection.epoch, row.refresh?.fingerprint == claim.held else {
        try row.released(by: process).save(db)
        return .superseded(row)
      }
      // The refusal came so late that another flight has begun with the same token. The answer to that one tells more.
      guard row.lease == claim.lease else { return .superseded(row) }
      if let spare = row.spare, spare.fingerprint != claim.presented {
        // The refusal ends the doubt about the refused token, unless it may be the client's doing. It never ends a doubt about
        // the spare.
        if ambiguous || claim.earlierIntent?.fingerprint == spare.fingerprint {
          try row.withDoubt(of: claim, by: process).save(db)
        } else if row.intent?.fingerprint == claim.presented {
          try row.withoutDoubt.save(db)
        }
        return .trySpare
      }
      if ambiguous, try !hasCredentials(of: claim, db) {
        try row.withDoubt(of: claim, by: process).released(by: process).save(db)
        return .superseded(row)
      }
      if let stop = try blame(claim, words: words, ambiguous: ambiguous, db) {
        return .client(try stopClient(of: claim, stop, db))
      }
      let loss = claim.doubt.map { Loss.answerLost(at: $0.at, words: words) } ?? .refused(words: words)
      let refused = row.refused(loss, ambiguous: ambiguous, of: claim, by: process)
      try refused.save(db)
      try event(.refused, name, loss.words, db)
      return .needsApproval(refused)
    }
  }

  /// Records that the provider does not accept the client: nothing more is sent with it, and no grant ends (K12).
  package func refuseClient(_ claim: Claim, words: String) async throws -> Connection {
    try await database.write { db in try stopClient(of: claim, .refused(words: words), db) }
  }

  /// Ends a flight of which the provider has seen nothing, or done nothing: the doubt found is put back (K1).
  ///
  /// - Parameter clockSkew: how far the provider's clock is ahead of ours, if its answer told.
  package func putBack(
    _ claim: Claim, _ trouble: Trouble, after delay: Duration?, clockSkew: Duration? = nil
  ) async throws -> Connection {
    let pause = max(delay ?? .zero, drawnPause(after: claim.connection.failures))
    return try await end(claim) { row, db in
      if claim.connection.failures == 0 { try tell(trouble, of: claim, db) }
      let moment = clock.moment
      let after = row.putOff(trouble, of: claim, for: pause, by: process, at: moment.now)
      return clockSkew.map { after.heard($0, moment) } ?? after
    }
  }

  /// Ends a flight that the provider has answered with “not now”: the grant lives, the doubt found is put back, and it is asked
  /// again before long (K7).
  func suspend(_ claim: Claim, words: String, clockSkew: Duration) async throws -> Connection {
    let pause = min(RefreshPolicy.suspension, drawnPause(after: claim.connection.failures))
    return try await end(claim) { row, db in
      if row.suspendedAt == nil { try tell(.suspended(words: words), of: claim, db) }
      let moment = clock.moment
      return row.suspended(words: words, of: claim, for: pause, by: process, clockSkew: clockSkew, moment)
    }
  }

  /// Ends a flight on its row, if the row is still that flight's.
  private func end(
    _ claim: Claim, _ change: @escaping @Sendable (Connection, any Transaction) throws -> Connection
  ) async throws -> Connection {
    try await database.write { db in
      let row = try takeKnown(claim.connection.name, db)
      guard row.lease?.holder == process, row.epoch == claim.connection.epoch else { return row }
      let after = try change(row, db)
      try after.save(db)
      return after
    }
  }

  private func tell(_ trouble: Trouble, of claim: Claim, _ db: any Transaction) throws {
    try event(.putOff, claim.connection.name, trouble.words(claim.client.provider.title), db)
  }

  /// Records that a flight was ended by a fault of our own. Lease and intent stay as it has left them.
  func noteFault(of name: String, words: String) async throws {
    let fraction = random.fraction()
    try await database.write { db in
      guard let row = try take(name, db), row.state == .active else { return }
      let trouble = Trouble.fault(words: words)
      let pause = RefreshPolicy.pause(afterFailures: row.failures + 1, fraction: fraction)
      try row.failed(trouble, for: pause, at: clock.now()).save(db)
      try event(.putOff, name, trouble.words(""), db)
    }
  }

  private func drawnPause(after failures: Int64) -> Duration {
    RefreshPolicy.pause(afterFailures: failures + 1, fraction: random.fraction())
  }

  /// Leaves intent and lease of a flight whose answer is unknown, so nobody presents the token before the lease has ended
  /// (K13). The pause is longer the more failures came in a row.
  package func doubt(_ claim: Claim, because reason: String) async throws -> Connection {
    let pause = max(claim.lease.remaining(at: clock.uptime()), drawnPause(after: claim.connection.failures))
    return try await database.write { db in
      let row = try takeKnown(claim.connection.name, db)
      guard row.epoch == claim.connection.epoch, row.refresh?.fingerprint == claim.held else { return row }
      let trouble = Trouble.answerLost(because: reason)
      let after = row.failed(trouble, for: pause, at: clock.now())
      try after.save(db)
      try event(.answerLost, row.name, trouble.words(claim.client.provider.title), db)
      return after
    }
  }

  /// Records that the API refuses an access token that nobody can renew, or takes it again. The token is still sent with calls:
  /// only the API knows whether a refusal is for good.
  func note(_ verdict: KeyUsage.Verdict) async throws {
    let name = verdict.connection
    try await database.write { db in
      guard let row = try take(name, db), row.state == .active, row.refresh == nil,
        (row.trouble == nil) != verdict.isTaken,
        AccessToken.Version(epoch: row.epoch, generation: row.generation) == verdict.token
      else { return }
      try row.heard(isTaken: verdict.isTaken).save(db)
      try verdict.isTaken
        ? event(.takenAgain, name, "the API takes its access token again", db)
        : event(.refused, name, Trouble.accessRefused.words(""), db)
    }
  }

  /// Whether the client still has the credentials that the flight was sent with.
  private func hasCredentials(of claim: Claim, _ db: any Transaction) throws -> Bool {
    try isCurrent(claim.client.changed, of: claim.client.name, db)
  }

  private func stopClient(of claim: Claim, _ stop: ClientStop, _ db: any Transaction) throws -> Connection {
    let name = claim.connection.name
    if try hasCredentials(of: claim, db) {
      try db.execute(
        "UPDATE clients SET stopped = $2, touched = $3 WHERE name = $1", claim.client.name, stop, try touch(db))
      // What was blamed on the grants since the client last worked was the client's doing.
      let blamed = try db.rows(
        "SELECT name FROM connections WHERE client = $1 AND state = 'needs_approval' AND refused > $2",
        claim.client.name, try lastSuccess(of: claim.client, db))
      for row in blamed { try takeKnown(try row["name"], db).revived().save(db) }
      try event(.clientRefused, name, stop.words, db)
    }
    let after = try takeKnown(name, db).withDoubt(of: claim, by: process).released(by: process)
    try after.save(db)
    return after
  }

  /// Why a refusal counts against the client; nil where it counts against the grant (K7). It does where another app was set
  /// behind the client's name since the last success. Where the provider says the same of a wrong secret, it also does if the
  /// credentials changed since and nobody vouched for them, or if this is the third of the client's connections that is refused
  /// with no success between and no lost answer to explain it.
  private func blame(_ claim: Claim, words: String, ambiguous: Bool, _ db: any Transaction) throws -> ClientStop? {
    let client = claim.client, last = try lastSuccess(of: client, db)
    if let changed = client.appChanged, changed > last { return .appReplaced(words: words) }
    guard ambiguous else { return nil }
    let name = claim.connection.name
    let others: Int64 =
      try db.row(
        """
        SELECT COUNT(*) AS count FROM connections
        WHERE client = $1 AND name <> $2 AND refused > $3 AND intent_fingerprint IS NULL
        """, client.name, name, last)?["count"] ?? 0
    guard (client.changed > last && !client.isVouched) || (claim.doubt == nil && others >= 2) else { return nil }
    return .secretDoubted(words: words, connection: name)
  }

  /// When the provider last gave tokens to a client, by the store's count of changes: no clock orders what is compared here.
  private func lastSuccess(of client: Client, _ db: any Transaction) throws -> Int64 {
    try db.row("SELECT MAX(proven) AS last FROM connections WHERE client = $1", client.name)?["last"] ?? Int64.min
  }
}
