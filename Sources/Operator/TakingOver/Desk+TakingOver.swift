import Keeper
import OAuth
import Wire

extension Desk {
  /// Takes over a grant that another program has held: stores its tokens and refreshes at once, so that what the other program
  /// still has is worth nothing, and what it does later is noticed (K14). Where a call was broken off, the next goes on with
  /// it.
  ///
  /// - Returns: what the refresh came to. Where the provider refuses it, the tokens were spent already.
  package func takeOver(
    _ tokens: KeptTokens, as name: String, client clientName: String, replacingTenant: Bool = false
  ) async throws -> RefreshReport {
    try await requireName(name)
    let client = try await client(clientName)
    let now = clock.now()
    // A date more than a year ahead was not in seconds, and does not count.
    let endsAt = tokens.endsAt.flatMap { $0 - now < .days(366) ? $0 : nil }
    let left = endsAt.map { min(max(0, ($0 - now).milliseconds / 1000), client.provider.defaultLifetimeSeconds) } ?? 0
    let identity = try await identity(of: tokens.access, scope: tokens.scope, client, asking: endsAt == nil || left > 0)
    let isUnspent = try await store.takeOver(
      TokenResponse(
        accessToken: tokens.access, expiresIn: left, refreshToken: tokens.refresh, scope: tokens.scope),
      as: name, client: client, identity: identity, sentAt: now, replacingTenant: replacingTenant)
    if isUnspent {
      let report = try await refresh(name, forced: true)
      guard case .refreshed = report else { return report }
    } else {
      try await keeper.reload()
    }
    if let token = keeper.freshToken(for: name) {
      let known = try await self.identity(of: token.secret, scope: tokens.scope, client, asking: true)
      try await store.learn(known, of: name)
    }
    return .refreshed(try await status(name))
  }

  /// Who approved, as far as the tokens tell. The provider is asked only where the access token may live (`asking`).
  private func identity(
    of access: Secret, scope: String?, _ client: Client, asking: Bool
  ) async throws -> Identity {
    let evidence = IdentityEvidence(
      callback: FormFields([]), answer: scope.map { ["scope": .string($0)] } ?? .null, accessToken: access)
    if asking, let identity = try? await keeper.identify(evidence, access, client: client) {
      return identity
    }
    return Identity(tenant: evidence.first(of: client.provider.tenant), approver: nil)
  }
}
