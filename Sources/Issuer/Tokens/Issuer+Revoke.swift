import OAuth
import Wire

extension Issuer {
  /// Ends the grant that a token hangs off, whichever of its tokens it is (RFC 7009, law P31).
  ///
  /// Returns without effect for a token that is none of ours, as RFC 7009 section 2.2 asks.
  ///
  /// - Throws: `invalid_grant` for another client's token, which stays as it is; `unsupported_token_type` for a client that
  ///   meets Keap's rules, since Keap revokes nothing for an app (law P27).
  package func revoke(_ request: RevocationRequest, client presented: PresentedClient) async throws(OAuthError) {
    let token = UnverifiedToken(request.token)
    let ended: (id: GrantID, at: Timestamp)? = try await answering {
      try await database.write { [self] db in
        let taken = try token.flatMap { try Grant.take($0.claim.grantID, at: clock.now(), db) }
        let client = try Client.authenticate(presented, db)
        guard dialect(client.dialect) != .keap else {
          throw OAuthError(.unsupportedTokenType, "Keap has no revocation: whoever approved takes it back.")
        }
        guard let token, let taken, try taken.isGenuine(token, ring) else { return nil }
        guard taken.clientID == client.id else {
          throw OAuthError(.invalidGrant, "The token was issued to another client; it was not revoked.")
        }
        if try Grant.end(taken.id, by: .app, at: taken.latestAt, db) {
          try AccountEvent(.revoked, of: taken, detail: "The app gave it up.").append(db)
        }
        return (taken.id, taken.latestAt)
      }
    }
    guard let ended else { return }
    try await answering { try await revocationLog.append(ended.id, at: ended.at) }
  }
}
