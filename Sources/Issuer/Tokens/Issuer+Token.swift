import OAuth
import Store
import Wire

extension Issuer {
  /// Answers the token endpoint (RFC 6749 sections 4.1.3 and 6).
  package func token(_ request: TokenRequest, client: PresentedClient) async throws(OAuthError) -> TokenResponse {
    let outcome = try await answering {
      switch request.grant {
      case .authorizationCode(let code, let redirectURI, let verifier):
        return try await redeem(code, redirectURI, verifier, client)
      case .refreshToken(let token, let scope, let notAfter):
        return try await refresh(token, scope, notAfter: notAfter, client)
      }
    }
    switch outcome {
    case .issue(let response): return response
    case .refuse(let error): throw error
    case .end(let id, let at, let error):
      try await answering { try await revocationLog.append(id, at: at) }
      throw error
    }
  }

  /// Makes the first tokens of a grant from its code, once (laws P12 to P14).
  private func redeem(
    _ code: Secret, _ redirectURI: String?, _ verifier: PKCE.Verifier?, _ presented: PresentedClient
  ) async throws -> TokenOutcome {
    let refusal = OAuthError(.invalidGrant, "The code is unknown, used, expired or not for this client.")
    return try await database.write { [self] db in
      let grant = try Grant.take(codeHash: code.fingerprint, at: clock.now(), db)
      let client = try Client.authenticate(presented, db)
      if dialect(client.dialect) == .keap, let grant, grant.clientID == client.id, grant.codeRedirectURI != redirectURI
      {
        throw OAuthError(.invalidRequest, "Invalid redirect_uri")
      }
      guard let grant, grant.clientID == client.id, grant.codeRedirectURI == redirectURI else { throw refusal }
      switch (grant.codeChallenge, verifier) {
      case (nil, nil): break
      case (let challenge?, let verifier?) where challenge.isMet(by: verifier): break
      default: throw OAuthError(.invalidGrant, "code_verifier does not fit the code_challenge of the request.")
      }
      guard grant.generation == 0 else { return try end(replayedOf: grant, refusal, db) }
      guard grant.revokedAt == nil, grant.latestAt < grant.codeUntil, var standing = try Standing.of(grant.id, db)
      else { throw refusal }
      guard standing.suspension == nil else { throw Self.suspended }
      standing.grant = grant.redeemed(at: grant.latestAt)
      try standing.grant.saveUse(db)
      return .issue(try response(standing))
    }
  }

  /// A grant that is switched off is told from one that has ended, so that no client gives up a grant that lives (law P24).
  private static let suspended = OAuthError(
    .accessDenied, "The approval stands, and its user, client, tenant, membership or scope is switched off for now.")

  /// Ends the grant of a code that came twice: somebody else has the code, so what it made must not live on (RFC 6749 section
  /// 4.1.2).
  private func end(replayedOf grant: Grant, _ refusal: OAuthError, _ db: any Transaction) throws -> TokenOutcome {
    let now = grant.latestAt
    if try Grant.end(grant.id, by: .codeReplay, at: now, db) {
      try AccountEvent(.codeReplayed, of: grant, detail: "A code was used twice, so this approval was ended.").append(
        db)
    }
    return .end(grant.id, at: now, refusal)
  }

  /// Gives the next generation, or the current one again to somebody who may not have got it (laws P15 to P23).
  ///
  /// - Parameter notAfter: seconds since 1970; a request that is read later does nothing.
  private func refresh(
    _ secret: Secret, _ scope: Scope?, notAfter: Int64?, _ presented: PresentedClient
  ) async throws -> TokenOutcome {
    let refusal = OAuthError(.invalidGrant, "The refresh token is unknown, expired, revoked or not for this client.")
    let token = UnverifiedToken(secret).flatMap { $0.claim.kind == .refresh ? $0 : nil }
    return try await database.write { [self] db in
      let asked = clock.now()
      let taken = try token.flatMap { try Grant.take($0.claim.grantID, at: asked, db) }
      let client = try Client.authenticate(presented, db), dialect = self.dialect(client.dialect)
      if let notAfter, (asked.milliseconds + 999) / 1000 > notAfter {
        throw OAuthError(
          .temporarilyUnavailable, "The request came after its not_after; nothing was done.", retryAfter: 1)
      }
      guard let token, let taken, try taken.isGenuine(token, ring), taken.clientID == client.id, taken.revokedAt == nil,
        !taken.hasLapsed(in: dialect, after: settings.refreshWindow, now: taken.latestAt),
        var standing = try Standing.of(taken.id, db)
      else { throw refusal }
      guard standing.suspension == nil else { throw Self.suspended }
      guard scope.map({ standing.covers($0) }) ?? true else {
        throw OAuthError(.invalidScope, "The scope goes beyond what was approved; leave it out.")
      }
      let now = taken.latestAt
      switch taken.ruling(onRefresh: token.claim, in: dialect, now: now, timeStands: asked < now) {
      case .rotate:
        standing.grant = taken.rotated(at: now)
        try standing.grant.saveUse(db)
        return .issue(try response(standing))
      case .answerAgain:
        standing.grant.answeredAt = now
        try standing.grant.saveUse(db)
        return .issue(try response(standing))
      case .tooFast:
        throw OAuthError(.slowDown, "This refresh token was answered within the last second; wait.", retryAfter: 1)
      case .refuse: throw refusal
      case .reuse: return try judge(reuseOf: taken, by: client, refusal, db)
      case .ahead: throw reportRestoredDatabase(token.claim, taken)
      }
    }
  }

  /// Judges a spent token that comes back. Nobody knows who has a public client's token, so its grant ends. A client that has
  /// proved itself may merely be confused, so the user is told and the grant lives (law P19).
  private func judge(
    reuseOf grant: Grant, by client: Client, _ refusal: OAuthError, _ db: any Transaction
  ) throws -> TokenOutcome {
    let now = grant.latestAt
    if client.isPublic {
      if try Grant.end(grant.id, by: .tokenReuse, at: now, db) {
        try AccountEvent(
          .tokenReused, of: grant, detail: "A spent refresh token came back, so this approval was ended."
        )
        .append(db)
      }
      return .end(grant.id, at: now, refusal)
    }
    // Once a minute is enough to tell, however often a confused client asks.
    if grant.reuseToldAt.map({ now - $0 >= .minutes(1) }) ?? true {
      try db.execute("UPDATE grants SET reuse_told_at = $2 WHERE id = $1", grant.id, now)
      try AccountEvent(.tokenReused, of: grant, detail: "A spent refresh token came back and was refused.").append(db)
    }
    return .refuse(refusal)
  }
}
