import OAuth
import Store
import Wire

extension Issuer {
  /// Makes the first tokens of an app of one's own, by hand: an approval like any other, without the way through a browser and
  /// a code (law P35).
  ///
  /// An app is somebody's own where the operator has said so. Of any other app, a page that is not the consent page must not
  /// hand out what only a consent may (law P10): whoever talks a person into making tokens for an app that they know
  /// nothing of would have them.
  ///
  /// - Parameter draft: the form's name, with its own `csrf`.
  /// - Returns: nil for a form that is not of this session.
  /// - Throws: ``IssuerRefusal``.
  package func makeTokenPair(
    forClient clientID: String, tenant tenantID: Int64, scopes: [String], draft: String, csrf: String,
    by session: Session
  ) async throws -> TokenResponse? {
    guard let id = grantID(of: draft, csrf, session) else { return nil }
    let scope = try OwnTokenRule.scope(scopes)
    let salt = random.bytes(32), noCode = random.bytes(32)
    return try await database.write { [self] db in
      let now = clock.now()
      let (tenant, _) = try Self.tenant(tenantID, for: session, making: id, at: now, db)
      let row = try db.row(
        "SELECT * FROM clients WHERE id = $1 AND owner_id = $2 AND disabled_at IS NULL", clientID, session.userID)
      guard let client = try row.map(Client.init), scope.isSubset(of: client.scope) else {
        throw IssuerRefusal("Choose an app of your own.")
      }
      // No code has that hash, and its time is over.
      let grant = NewGrant(
        id: id, userID: session.userID, tenantID: tenant.id, salt: salt, keyID: ring.current, codeHash: noCode,
        codeUntil: now)
      try grant.insert(
        from: Approval(clientID: client.id, redirectURI: "", scope: scope.text, state: nil, challenge: nil), at: now, db
      )
      try AccountEvent(
        .approved, at: now, grant: id, user: session.userID, client: client.id,
        detail: "You made tokens of \(client.name) for \(tenant.name) by hand."
      ).append(db)
      var standing = try Standing.of(id, db).orMissing("grant")
      standing.grant = standing.grant.redeemed(at: now)
      try standing.grant.saveUse(db)
      return try response(standing)
    }
  }
}
