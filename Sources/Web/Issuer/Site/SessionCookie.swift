import Hummingbird
import Issuer
import OAuth

/// A cookie of the issuer's: out of reach of scripts, of other sites' posts, and of plain http where we have
/// TLS.
struct SiteCookie {
  let name: String
  private let isSecure: Bool

  init(_ name: String, issuer address: String) {
    isSecure = address.hasPrefix("https://")
    // Browsers take a `__Host-` cookie only from the host itself, over TLS, for all its paths.
    self.name = isSecure ? "__Host-" + name : name
  }

  func header(_ value: Secret) -> String { attributes(value.exposed) }
  var ending: String { attributes("") + "; Max-Age=0" }

  private func attributes(_ value: String) -> String {
    "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
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
