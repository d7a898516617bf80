import OAuth

/// What a refresh token is worth at one moment.
package struct RefreshProspect: Sendable, Equatable {
  package var grantID: String
  package var generation: Int64
  /// Whether the approval behind it stands.
  package var isGrantAlive: Bool
  /// Whether presenting it would be answered with tokens, now or after a second's wait.
  package var isAnswered: Bool
}

extension Issuer {
  /// Judges a refresh token without touching anything: presenting it would be a use, and a use confirms (P17).
  ///
  /// - Returns: nil for a token that belongs to no grant of this server.
  package func foresee(_ refreshToken: Secret) async throws -> RefreshProspect? {
    guard let token = UnverifiedToken(refreshToken), token.claim.kind == .refresh else { return nil }
    let asked = clock.now()
    return try await database.read { [self] db in
      guard let standing = try Standing.of(token.claim.grantID, db), try standing.grant.isGenuine(token, ring) else {
        return nil
      }
      let grant = standing.grant, now = max(asked, grant.latestAt), dialect = self.dialect(standing.dialect)
      let isAlive =
        grant.revokedAt == nil && !grant.hasLapsed(in: dialect, after: settings.refreshWindow, now: now)
      let isAnswered: Bool =
        switch grant.ruling(onRefresh: token.claim, in: dialect, now: now) {
        case .rotate, .answerAgain, .tooFast: isAlive && standing.suspension == nil
        case .refuse, .reuse, .ahead: false
        }
      return RefreshProspect(
        grantID: grant.id.text, generation: token.claim.generation, isGrantAlive: isAlive, isAnswered: isAnswered)
    }
  }
}
