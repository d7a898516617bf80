import OAuth
import Wire

/// What a transaction on a grant came to. A refusal that must leave something written is a result and not thrown, since an
/// error takes the whole transaction back.
enum TokenOutcome: Sendable {
  case issue(TokenResponse)
  case refuse(OAuthError)
  /// Refused, and the grant ended by it.
  case end(GrantID, at: Timestamp, OAuthError)
}

extension Issuer {
  /// Seconds after which a client should ask a store that is down again.
  static let retryAfter = 5

  /// Carries out an act whose failure a client is told: what goes wrong with the store is 503 and never the client's
  /// fault (law P25).
  func answering<Result: Sendable>(_ act: () async throws -> Result) async throws(OAuthError) -> Result {
    do {
      return try await act()
    } catch let error as OAuthError {
      throw error
    } catch {
      logger.error("the store failed during a token request", metadata: ["error.message": "\(error)"])
      throw OAuthError(
        .temporarilyUnavailable, "The server cannot reach its store; nothing was done. Try again.",
        retryAfter: Self.retryAfter)
    }
  }

  /// The tokens of a grant's current generation.
  func response(_ standing: Standing) throws -> TokenResponse {
    let grant = standing.grant, isKeap = dialect(standing.dialect) == .keap
    return TokenResponse(
      accessToken: try grant.accessToken(ring, until: grant.latestAt + settings.accessLifetime),
      expiresIn: settings.accessLifetime.milliseconds / 1000, refreshToken: try grant.refreshToken(ring),
      // Keap does not tell how long its refresh tokens last.
      refreshTokenExpiresIn: isKeap ? nil : settings.refreshWindow.milliseconds / 1000, scope: grant.scope.text,
      tenant: standing.tenant.host)
  }

  /// A token that is ahead of its row means that the database is older than what it has issued.
  func reportRestoredDatabase(_ claim: GrantToken, _ grant: Grant) -> OAuthError {
    logger.error(
      "a token is ahead of its grant: a backup was restored; restore a newer one or have the grant approved again",
      metadata: [
        "issuer.grant": "\(grant.id.text)", "issuer.generation": "\(grant.generation)",
        "token.generation": "\(claim.generation)",
      ])
    return OAuthError(
      .temporarilyUnavailable, "The server's data is older than this token; its operator has been told.",
      retryAfter: Self.retryAfter)
  }
}
