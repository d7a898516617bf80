import Hummingbird
import Issuer
import OAuth

extension SiteCookie {
  /// A cookie of the issuer at an address.
  fileprivate init(_ name: String, issuer address: String) {
    let isSecure = address.hasPrefix("https://")
    // Browsers take a `__Host-` cookie only from the host itself, over TLS, for all its paths.
    self.init(name: isSecure ? "__Host-" + name : name, isSecure: isSecure)
  }
}

extension IssuerSite {
  /// Carries a session.
  var cookie: SiteCookie { SiteCookie("evergrant", issuer: issuer.settings.issuer) }
  /// Ties a sign-in form to its browser.
  var formCookie: SiteCookie { SiteCookie("evergrant-form", issuer: issuer.settings.issuer) }

  func session(_ request: Request) async throws -> Session? {
    guard let value = request.cookie(cookie.name) else { return nil }
    return try await issuer.session(value)
  }

  func requireOwnForm(_ request: Request) throws(SiteFailure) {
    try request.requireOwnForm(of: [issuer.settings.issuer])
  }
}
