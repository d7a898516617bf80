import OAuth

/// A cookie that carries a secret: no script can read it, no other site's post brings it along, and plain http does not
/// carry it where a site has TLS.
struct SiteCookie {
  enum SameSite: String {
    /// Comes along when a link of another site is followed.
    case lax = "Lax"
    case strict = "Strict"
  }

  let name: String
  var path = "/"
  var sameSite = SameSite.lax
  let isSecure: Bool

  /// - Parameter span: for how long a browser keeps it; nil until it is closed.
  func header(_ value: Secret, lasting span: Duration? = nil) -> String { attributes(value.exposed, span) }

  /// Makes the browser forget it.
  var ending: String { attributes("", .zero) }

  private func attributes(_ value: String, _ span: Duration?) -> String {
    "\(name)=\(value); Path=\(path); HttpOnly; SameSite=\(sameSite.rawValue)" + (isSecure ? "; Secure" : "")
      + (span.map { "; Max-Age=\($0.components.seconds)" } ?? "")
  }
}
