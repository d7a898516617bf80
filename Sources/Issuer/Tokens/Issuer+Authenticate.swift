import OAuth
import Store
import Wire

/// Who calls, as an access token proves it.
package struct Caller: Sendable {
  package var grantID: String
  package var userID: Int64
  package var tenantID: Int64
  package var clientID: String
  package var scope: Scope
  package var userEmail: String
  package var userName: String
  package var tenantName: String
  package var tenantHost: String
  let grant: GrantID
  /// The client's own.
  let dialect: Dialect
  /// The call that is served.
  let call: ServedCall
}

/// Why a call is not served.
package enum AccessRefusal: Error, Sendable, Equatable {
  /// Unknown, revoked or replaced, or of a grant that has no effect for now.
  case invalid
  case expired
  /// A token that a person made for themselves, and that opens nothing any more or for now.
  case own(OwnTokenFault)
  /// It begins as a token that a person made for themselves, and is not whole.
  case garbled
  /// The store is down; it says nothing about the token.
  case unavailable(retryAfter: Int)
}

extension Issuer {
  /// Judges an access token, or a token that a person made for themselves (law P35), on what the database says now (laws P22,
  /// P24, P30).
  ///
  /// The first use of a generation is written before it is answered (law P17).
  ///
  /// - Parameter call: what is called, for its record (law P34); nil for a call that comes over no network.
  package func authenticate(_ bearer: Secret, for call: ServedCall? = nil) async throws(AccessRefusal) -> Caller {
    guard let token = UnverifiedToken(bearer) else {
      throw Credential.personalToken.begins(bearer) ? AccessRefusal.garbled : AccessRefusal.invalid
    }
    guard token.claim.kind != .refresh else { throw .invalid }
    guard calls.hasRoom else {
      logger.error("calls are refused: those before cannot be written down")
      throw .unavailable(retryAfter: Self.retryAfter)
    }
    let served = call ?? .withinProcess()
    do {
      var verdict = try await database.read { [self] db in try judge(token, db) }
      if verdict.confirms { verdict = try await database.write { [self] db in try confirm(token, db) } }
      served.letIn(by: verdict.standing.grant.number, at: verdict.now)
      if call == nil { record(served, status: 200) }
      return Caller(verdict.standing, served)
    } catch let refusal as AccessRefusal {
      throw refusal
    } catch {
      logger.error("the store failed while a token was checked", metadata: ["error.message": "\(error)"])
      throw .unavailable(retryAfter: Self.retryAfter)
    }
  }

  private struct Verdict: Sendable {
    var standing: Standing
    var now: Timestamp
    var confirms: Bool
  }

  private func judge(_ token: UnverifiedToken, _ db: any Transaction) throws -> Verdict {
    guard let standing = try Standing.of(token.claim.grantID, db), try standing.grant.isGenuine(token, ring) else {
      throw AccessRefusal.invalid
    }
    let grant = standing.grant
    guard grant.isOpened(by: token.claim.kind) else { throw AccessRefusal.invalid }
    if let endedAt = grant.revokedAt { throw AccessRefusal(.ended(endedAt), of: grant, else: .invalid) }
    if let cause = standing.suspension { throw AccessRefusal(.suspended(cause), of: grant, else: .invalid) }
    let now = max(clock.now(), grant.latestAt)
    // Keap's rules are of tokens that are refreshed (law P27): what a person rotates has the overlap that they chose.
    let rules = grant.kind == .approval ? dialect(standing.dialect) : .evergrant
    switch grant.ruling(onAccess: token.claim, in: rules, now: now) {
    case .serve(let confirms): return Verdict(standing: standing, now: now, confirms: confirms)
    case .expired: throw AccessRefusal(.expired(token.claim.moment), of: grant, else: .expired)
    case .replaced: throw AccessRefusal(.rotated(grant.rotatedAt), of: grant, else: .invalid)
    case .ahead:
      _ = reportRestoredDatabase(token.claim, grant)
      throw AccessRefusal.unavailable(retryAfter: Self.retryAfter)
    }
  }

  /// Judges again on the row it has taken: between reading and writing the grant may have ended or moved on.
  private func confirm(_ token: UnverifiedToken, _ db: any Transaction) throws -> Verdict {
    let taken = try Grant.take(token.claim.grantID, at: clock.now(), db)
    let verdict = try judge(token, db)
    if verdict.confirms, let taken { try taken.confirmed(at: taken.latestAt).saveUse(db) }
    return verdict
  }
}

extension Caller {
  init(_ standing: Standing, _ call: ServedCall) {
    let grant = standing.grant
    self.init(
      grantID: grant.id.text, userID: grant.userID, tenantID: grant.tenantID, clientID: grant.clientID,
      scope: grant.scope,
      userEmail: standing.userEmail, userName: standing.userName, tenantName: standing.tenant.name,
      tenantHost: standing.tenant.host, grant: grant.id, dialect: standing.dialect, call: call)
  }
}
