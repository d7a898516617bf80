import OAuth
import Wire

extension Provider {
  /// The entry with `{base}` replaced by what was given, or by the usual one; nil where the entry needs one and there is none,
  /// or where the API's origin for that one is not known.
  package func at(base given: String?) -> Provider? {
    guard let base else { return self }
    guard var address = given ?? base.usual else { return nil }
    while address.hasSuffix("/") { address.removeLast() }
    let fill = { (text: String) in text.replacing("{base}", with: address) }
    var provider = self
    provider.authorizationEndpoint = fill(authorizationEndpoint)
    provider.tokenEndpoint = fill(tokenEndpoint)
    provider.revocationEndpoint = revocationEndpoint.map(fill)
    provider.apiOrigin = fill(apiOrigin)
    if let origins = base.apiOrigins {
      guard let origin = origins[address] else { return nil }
      provider.apiOrigin = origin
    }
    return provider
  }

  /// Whether its API is asked who has approved; otherwise its answers tell.
  package var asksWhoApproved: Bool { userinfo != nil && Origin(apiOrigin) != nil }

  /// Where calls go; nil where the API's origin is no address.
  ///
  /// - Parameter byKey: whether they carry a key of the provider's own pages rather than an access token.
  package func route(for tenant: String?, byKey: Bool = false) -> Route? {
    let field = tenantHeader.flatMap { name in tenant.flatMap { HeaderField(name, $0) } }
    return Origin(apiOrigin).map {
      Route(
        origin: $0, tokenFaults: tokenFaults, unauthorizedPrecedesProcessing: unauthorizedPrecedesProcessing,
        tenantField: field, keyHeader: byKey ? keyHeader : nil)
    }
  }

  /// - Throws: ``KeeperError/refused(_:)`` where approvals cannot come back to that address.
  package func requireRedirect(_ text: String) throws {
    let uri: RedirectURI
    do { uri = try RedirectURI(registering: text) } catch {
      throw KeeperError.refused("The redirect URI \(text) cannot be used: \(error.reason).")
    }
    guard loopbackRedirects || !uri.isLoopback else {
      throw KeeperError.refused(
        "\(title) accepts https redirect URIs only. Register an https address of yours there, name it here, and connect "
          + "with --paste.")
    }
  }

  /// The first endpoint that is neither an https address nor http on this machine, or that has a query or a fragment: nothing
  /// secret may be sent there.
  package var unusableEndpoint: String? {
    [authorizationEndpoint, tokenEndpoint, revocationEndpoint].compactMap(\.self).first { !Self.isAddress($0) }
  }

  private static func isAddress(_ text: String) -> Bool {
    guard let address = AbsoluteURI(text), Origin(address) != nil else { return false }
    return !address.rest.contains { "?#".contains($0) }
  }
}
