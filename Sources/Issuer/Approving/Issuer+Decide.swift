import OAuth
import Store
import Wire

extension Issuer {
  /// Carries out what the person decided, and spends the consent page.
  ///
  /// - Parameters:
  ///   - csrf: what the page carried; good for this page, this session and this user alone (law P9).
  ///   - address: the network address of the browser, for the user's own record.
  package func decide(
    approvalID: String, csrf: String, decision: Decision, session: Session, address: String
  ) async throws -> DecideOutcome {
    guard session.csrf(for: approvalID) == Secret(csrf), let id = [UInt8](hex: approvalID) else { return .page(.stale) }
    let code = Credential.authorizationCode.draw(random)
    let grantID = GrantID(random)
    let salt = random.bytes(32)
    return try await database.write { [self] db in
      let now = clock.now()
      guard let approval = try Approval.take(id, of: session, at: now, ring, db) else { return .page(.stale) }
      switch decision {
      case .deny:
        let error = OAuthError(.accessDenied, "The person said no.")
        return .redirect(location(approval.redirectURI, .error(error), state: approval.state))
      case .approve(let tenantID):
        let tenants = try Tenant.all(of: session.userID, db)
        let chosen = tenantID == nil && tenants.count == 1 ? tenants.first : tenants.first { $0.id == tenantID }
        guard let tenant = chosen else { return .page(.noTenant) }
        let grant = NewGrant(
          id: grantID, userID: session.userID, tenantID: tenant.id, salt: salt, keyID: ring.current,
          codeHash: code.fingerprint, codeUntil: now + settings.codeLifetime)
        try grant.insert(from: approval, at: now, db)
        let detail = "Approved for \(tenant.name) from \(address)."
        try AccountEvent(
          .approved, at: now, grant: grantID, user: session.userID, client: approval.clientID, detail: detail
        )
        .append(db)
        let scope = approval.scope + "|" + tenant.host
        return .redirect(location(approval.redirectURI, .code(code), state: approval.state, scope: scope))
      }
    }
  }
}

extension ErrorPage {
  static let stale = ErrorPage(
    title: "This page is no longer valid",
    sentence:
      "It was answered already, is older than ten minutes, or belongs to another sign-in. Start again from the app.")
  static let noTenant = ErrorPage(
    title: "No tenant was chosen",
    sentence: "Choose one of the tenants that you belong to. Start again from the app.")
}

/// A consent page that waits for its decision.
struct Approval: Sendable {
  var clientID: String
  var redirectURI: String
  var scope: String
  var state: String?
  var challenge: String?

  /// Takes the page out of the table, for its own user alone, in the session that it was shown to, while that session lasts.
  static func take(
    _ id: [UInt8], of session: Session, at now: Timestamp, _ ring: KeyRing, _ db: any Transaction
  ) throws -> Approval? {
    try db.row(
      """
      DELETE FROM approvals WHERE id = $1 AND user_id = $2 AND session_hash = $3 AND ends_at > $4
        AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $3 AND s.user_id = $2 AND s.ends_at > $4)
      RETURNING client_id, redirect_uri, scope, state, challenge
      """, id, session.userID, [UInt8](hex: session.id) ?? [], now
    ).map { row in
      let sealed: [UInt8]? = try row["state"]
      return Approval(
        clientID: try row["client_id"], redirectURI: try row["redirect_uri"], scope: try row["scope"],
        state: try sealed.map { try ring.open($0, at: .state(of: id)).exposed }, challenge: try row["challenge"])
    }
  }
}

extension KeyRing.Place {
  /// Where the app's `state` is sealed while a consent page is open. The state proves to the app that an answer belongs to its
  /// own question.
  static func state(of approval: [UInt8]) -> KeyRing.Place {
    KeyRing.Place(table: "approvals", row: approval.hex, column: "state")
  }
}

/// A grant at its beginning, with a code and no token.
struct NewGrant: Sendable {
  var id: GrantID
  var userID: Int64
  var tenantID: Int64
  var salt: [UInt8]
  var keyID: UInt32
  var codeHash: [UInt8]
  var codeUntil: Timestamp

  func insert(from approval: Approval, at now: Timestamp, _ db: any Transaction) throws {
    try db.execute(
      """
      INSERT INTO grants (id, number, user_id, client_id, tenant_id, scope, salt, key_id, generation, rotated_at, floor_generation,
        floor_until, latest_at, created_at, calls, code_hash, code_until, code_redirect_uri, code_challenge)
      VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM grants), $2, $3, $4, $5, $6, $7, 0, $8, 0, $8, $8, $8, 0, $9, $10,
        $11, $12)
      """,
      id, userID, approval.clientID, tenantID, approval.scope, salt, Int64(keyID), now, codeHash, codeUntil,
      approval.redirectURI, approval.challenge)
  }
}
