import Hummingbird
import Issuer
import OAuth

/// The cookie that carries a session: out of reach of scripts, of other sites' posts, and of plain http where we have
/// TLS.
struct SessionCookie {
  let name: String
  private let isSecure: Bool

  init(issuer address: String) {
    isSecure = address.hasPrefix("https://")
    // Browsers take a `__Host-` cookie only from the host itself, over TLS, for all its paths.
    name = isSecure ? "__Host-evergrant" : "evergrant"
  }

  func header(_ value: Secret) -> String { attributes(value.exposed) }
  var ending: String { attributes("") + "; Max-Age=0" }

  private func attributes(_ value: String) -> String {
    "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
  }
}

extension IssuerSite {
  var cookie: SessionCookie { SessionCookie(issuer: issuer.settings.issuer) }

  func session(_ request: Request) async throws -> Session? {
    guard let value = request.cookie(cookie.name) else { return nil }
    return try await issuer.session(value)
  }

  func requireOwnForm(_ request: Request) throws(SiteFailure) {
    try request.requireOwnForm(of: [issuer.settings.issuer])
  }
}
