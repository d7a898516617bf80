import OAuth
import Store
import Wire

/// What a new token shall be.
package struct NewOwnToken: Sendable {
  package var kind: OwnTokenKind
  package var name: String
  package var tenantID: Int64
  package var scopes: [String]
  package var lifetime: Duration

  package init(kind: OwnTokenKind, name: String, tenantID: Int64, scopes: [String], lifetime: Duration) {
    self.kind = kind
    self.name = name
    self.tenantID = tenantID
    self.scopes = scopes
    self.lifetime = lifetime
  }
}

/// Tokens that people make for themselves (law P35). Each is a grant, so that all that holds of approvals holds of it: it is its
/// maker's alone to see and end, dies at the next call, and leaves a record of each call. It has no refresh token.
extension Issuer {
  /// The tokens of the session's user, newest first, and nobody else's (law P28).
  package func ownTokens(of session: Session) async throws -> [OwnToken] {
    await settleCalls()
    let now = clock.now()
    return try await database.read { [self] db in
      let uncounted = try CallCounts.uncounted(db)
      let days = try CallCounts.days(ofUser: session.userID, until: now, db)
      return try db.rows(
        Standing.columns + """
           WHERE g.user_id = $1 AND g.kind <> 'approval'
            AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $2 AND s.user_id = $1 AND s.ends_at > $3)
          ORDER BY g.created_at DESC, g.id
          """, session.userID, [UInt8](hex: session.id) ?? [], now
      ).compactMap { row in
        let standing = try Standing(row), grant = standing.grant, present = max(now, grant.latestAt)
        guard case .own(let kind) = grant.kind, let endsAt = grant.endsAt else { return nil }
        return OwnToken(
          grant: summary(standing, uncounted, days), kind: kind, generation: grant.generation,
          madeAt: grant.rotatedAt, endsAt: endsAt,
          overlapUntil: grant.generation > 1 && grant.floorUntil > present ? grant.floorUntil : nil,
          hasEnded: endsAt <= present)
      }
    }
  }

  /// Makes a token.
  ///
  /// - Parameter draft: the form's name, with its own `csrf`.
  /// - Returns: the token's text, which nothing can show again; nil for a form that is not of this session.
  /// - Throws: ``IssuerRefusal``.
  package func makeOwnToken(
    _ new: NewOwnToken, draft: String, csrf: String, by session: Session
  ) async throws -> Secret? {
    guard let id = grantID(of: draft, csrf, session) else { return nil }
    try OwnTokenRule.check(name: new.name)
    try OwnTokenRule.check(lifetime: new.lifetime)
    let scope = try OwnTokenRule.scope(new.scopes)
    let salt = random.bytes(32), noCode = random.bytes(32)
    return try await database.write { [self] db in
      let now = clock.now()
      let (tenant, isOwned) = try Self.tenant(new.tenantID, for: session, making: id, at: now, db)
      guard isOwned || new.kind != .service else {
        throw IssuerRefusal("Only an owner of \(tenant.name) makes service keys for it. Make a personal token.")
      }
      guard try !OwnTokenKind.switchedOff(db).contains(new.kind) else { throw IssuerRefusal(new.kind.offSentence) }
      try Self.requireFree(new.name, for: id, of: session.userID, in: tenant.id, db)
      try Self.requireRoom(of: session.userID, at: now, db)
      let key = ring.current, endsAt = now + new.lifetime
      // No code has that hash, and its time is over.
      try db.execute(
        """
        INSERT INTO grants (id, number, user_id, client_id, tenant_id, scope, salt, key_id, generation, rotated_at,
          confirmed_at, floor_generation, floor_until, latest_at, created_at, calls, code_hash, code_until,
          code_redirect_uri, kind, name, ends_at)
        VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM grants), $2, $3, $4, $5, $6, $7, 1, $8, $8, 0, $8, $8, $8, 0,
          $9, $8, '', $10, $11, $12)
        """,
        id, session.userID, new.kind.clientID, tenant.id, scope.text, salt, Int64(key), now, noCode,
        new.kind.rawValue, new.name, endsAt)
      try AccountEvent(
        .tokenMade, at: now, grant: id, user: session.userID, client: new.kind.clientID,
        detail: "You made the \(new.kind.noun) \(new.name) for \(tenant.name), until \(endsAt.written)."
      ).append(db)
      let claim = GrantToken(kind: .personal, keyID: key, grantID: id, generation: 1, moment: endsAt)
      return try claim.spelled(ring, salt: salt)
    }
  }

  /// Makes the next token in the place of one.
  ///
  /// - Parameters:
  ///   - generation: what the person saw: of two rotations at once one is carried out, and the other is told.
  ///   - overlap: for how long the token before still works, as far as its own end.
  /// - Returns: the new token's text; nil where this user has no such token, or the form is not of this session.
  /// - Throws: ``IssuerRefusal``.
  package func rotateOwnToken(
    _ grantID: String, from generation: Int64, overlap: Duration, lifetime: Duration, csrf: String, by session: Session
  ) async throws -> Secret? {
    try OwnTokenRule.check(overlap: overlap)
    try OwnTokenRule.check(lifetime: lifetime)
    return try await database.write { [self] db in
      guard let grant = try takeOwnToken(grantID, csrf, session, db) else { return nil }
      let now = grant.latestAt, endsAt = now + lifetime
      guard grant.generation == generation else {
        throw IssuerRefusal(
          "This token was already rotated, on \(grant.rotatedAt.written), and the new one shown. Nothing was changed.")
      }
      // One that has ended by itself counts among the others again.
      if let end = grant.endsAt, end <= now { try Self.requireRoom(of: grant.userID, at: now, db) }
      // Tokens before the one that is replaced end now: they had their overlap.
      try db.execute(
        """
        UPDATE grants SET generation = $2, rotated_at = $3, confirmed_at = $3, floor_generation = $4, floor_until = $5,
          ends_at = $6 WHERE id = $1
        """, grant.id, generation + 1, now, generation, now + overlap, endsAt)
      try AccountEvent(
        .tokenRotated, of: grant, detail: "You rotated \(grant.name ?? "a token"); the new one ends \(endsAt.written)."
      ).append(db)
      let claim = GrantToken(
        kind: .personal, keyID: grant.keyID, grantID: grant.id, generation: generation + 1, moment: endsAt)
      return try claim.spelled(ring, salt: grant.salt)
    }
  }

  /// - Returns: false where this user has no such token, or the form is not of this session.
  /// - Throws: ``IssuerRefusal``.
  package func renameOwnToken(
    _ grantID: String, to name: String, csrf: String, by session: Session
  ) async throws -> Bool {
    try OwnTokenRule.check(name: name)
    return try await database.write { [self] db in
      guard let grant = try takeOwnToken(grantID, csrf, session, db) else { return false }
      try Self.requireFree(name, for: grant.id, of: grant.userID, in: grant.tenantID, db)
      return try db.execute("UPDATE grants SET name = $2 WHERE id = $1", grant.id, name) > 0
    }
  }

  /// - Throws: ``IssuerRefusal`` where the person has as many tokens that have not ended as somebody may.
  private static func requireRoom(of user: Int64, at now: Timestamp, _ db: any Transaction) throws {
    let living: Int64 =
      try db.row(
        """
        SELECT COUNT(*) AS count FROM grants
        WHERE user_id = $1 AND kind <> 'approval' AND revoked_at IS NULL AND ends_at > $2
        """, user, now)?["count"] ?? 0
    guard living < OwnTokenRule.mostOfUser else {
      throw IssuerRefusal("You have \(OwnTokenRule.mostOfUser) tokens already. End one that you no longer need.")
    }
  }

  /// A name tells a person's tokens for a tenant apart, until they end the one that has it.
  ///
  /// - Throws: ``IssuerRefusal`` where another has it.
  private static func requireFree(
    _ name: String, for grant: GrantID, of user: Int64, in tenant: Int64, _ db: any Transaction
  ) throws {
    let other = try db.row(
      """
      SELECT t.name AS tenant_name FROM grants g JOIN tenants t ON t.id = g.tenant_id
      WHERE g.user_id = $1 AND g.tenant_id = $2 AND g.name = $3 AND g.id <> $4
        AND g.kind <> 'approval' AND g.revoked_at IS NULL
      """, user, tenant, name, grant)
    guard let other else { return }
    let place: String = try other["tenant_name"]
    throw IssuerRefusal("You have a token named \(name) for \(place) already. Choose another name, or end that one.")
  }

  /// Takes the row of a token that has not ended. The condition is in the statement: no other user's session passes it (law
  /// P28).
  private func takeOwnToken(
    _ grantID: String, _ csrf: String, _ session: Session, _ db: any Transaction
  ) throws -> Grant? {
    guard let id = GrantID(grantID), session.csrf == Secret(csrf) else { return nil }
    return try db.row(
      """
      UPDATE grants SET latest_at = CASE WHEN latest_at < $4 THEN $4 ELSE latest_at END
      WHERE id = $1 AND user_id = $2 AND kind <> 'approval' AND revoked_at IS NULL
        AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $3 AND s.user_id = $2 AND s.ends_at > $4)
      RETURNING *
      """, id, session.userID, [UInt8](hex: session.id) ?? [], clock.now()
    ).map(Grant.init)
  }
}
