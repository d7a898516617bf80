import OAuth
import Store

package enum Landing: Sendable {
  /// The row holds the answer.
  case landed(Connection)
  /// The answer does not land: the row holds something as good or newer, or the answer is another client's, tenant's or
  /// person's. It is kept as a spare if it may be needed.
  case superseded(Connection)
  /// The row is older than the token that was spent: the store was restored from a backup. The answer is offered (K28).
  case behind(Connection)
}

extension GrantStore {
  /// Stores an answer if the row still holds the token that was spent for it, whoever has the lease (K3), and returns when
  /// the witness knows of it too (K28).
  package func land(_ received: Received) async throws -> Landing {
    try await counted { db in try land(received, db) }
  }

  private func land(_ received: Received, _ db: any Transaction) throws -> Landing {
    let name = received.connection
    let row = try takeKnown(name, db)
    let isBehind = (row.epoch, row.generation) < (received.epoch, received.generation)
    // Where the provider does not rotate tokens, the row's is as good as any.
    if isBehind, try rotates(row.client, db) {
      try setApart(behind: row, db)
      guard received.grantor?.isOf(row) ?? true else {
        let whose = "which is another client's, tenant's or person's than the stored one"
        try event(.answerNotKept, name, "an answer came for a newer approval, \(whose)", db)
        return .superseded(row)
      }
      try offer(received, beside: row, db)
      return .behind(try take(name, db) ?? row)
    }
    guard row.epoch == received.epoch else {
      let words =
        isBehind
        ? "an answer came for a newer approval than the stored one: this is an older state of the data"
        : "an answer came for an approval that a newer one has replaced"
      try event(.answerNotKept, name, words, db)
      return .superseded(row)
    }
    guard row.refresh?.fingerprint == received.held else {
      try keepSpare(received, row: row, db)
      return .superseded(row)
    }
    let isNew = received.response.refreshToken.map { $0.fingerprint != received.presented } ?? false
    // Without a new refresh token nothing else tells a late answer from the newest (K6).
    guard isNew || row.version == received.version else { return .superseded(row) }
    let tokens = try seal(
      received.response, refreshToken: try received.response.refreshToken ?? presentedSpare(received, in: row),
      for: name,
      generation: row.generation + 1, of: Client.named(row.client, in: db, ring: nil, providers: providers).provider,
      from: received.sentAt)
    let isProof = try received.credentials.map { try isCurrent($0, of: row.client, db) } ?? true
    let landed = row.landed(tokens, of: received, isProof: isProof, clock.moment)
    try landed.save(db)
    try db.execute("UPDATE store_state SET landings = landings + 1 WHERE id = 1")
    try event(.refreshed, name, "refreshed, generation \(landed.generation)", db)
    return .landed(landed)
  }

  /// The spare, where it was presented and the answer brought no other: from now on it is the one that counts (K6).
  private func presentedSpare(_ received: Received, in row: Connection) throws -> Secret? {
    guard let spare = row.spare, spare.fingerprint == received.presented, received.presented != received.held else {
      return nil
    }
    return try ring.open(spare.sealed, at: .spareToken(row.name))
  }

  /// Keeps an answer that cannot land as a spare, if the row has moved on from the same token: then either may be the good one.
  private func keepSpare(_ received: Received, row: Connection, _ db: any Transaction) throws {
    guard let token = received.response.refreshToken, token.fingerprint != row.refresh?.fingerprint,
      token.fingerprint != row.spare?.fingerprint, row.spent == received.presented
    else { return }
    let spare = Connection.Spare(
      sealed: try ring.seal(token, at: .spareToken(row.name), random: random), fingerprint: token.fingerprint)
    try row.keeping(spare).save(db)
    try event(
      .spareKept, row.name, "a second answer to the same refresh came late; it is kept until the first has proved good",
      db)
  }
}
