import OAuth
import Wire

/// What an operator says of an app to register it.
package struct ClientRegistration: Sendable {
  package var name: String
  package var redirectURIs: [String]
  /// A public client, such as an app on a person's own machine, keeps no secret and must use PKCE.
  package var isPublic: Bool
  /// A confidential client that may leave PKCE out, as Keap's SDKs do (law P6).
  package var legacy: Bool
  package var dialect: Dialect
  /// The address of the person whose own the app is, who may make its tokens by hand (law P35).
  package var owner: String?

  package init(
    name: String, redirectURIs: [String], isPublic: Bool = false, legacy: Bool = false, dialect: Dialect = .evergrant,
    owner: String? = nil
  ) {
    self.name = name
    self.redirectURIs = redirectURIs
    self.isPublic = isPublic
    self.legacy = legacy
    self.dialect = dialect
    self.owner = owner
  }

  /// The redirect URIs, each checked (law P3).
  func checkedRedirectURIs() throws(IssuerRefusal) -> [RedirectURI] {
    guard !redirectURIs.isEmpty else { throw IssuerRefusal("The app \(name) needs at least one redirect URI.") }
    var checked: [RedirectURI] = []
    for text in redirectURIs {
      do {
        checked.append(try RedirectURI(registering: text))
      } catch {
        throw IssuerRefusal("The redirect URI \(text) cannot be registered: \(error.reason).")
      }
      // A response adds its own parameters to the query, each exactly once (law P7).
      let query = text.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
      let reserved: Set = ["code", "state", "iss", "error", "error_description", "scope"]
      if let taken = FormFields(parsing: query)?.pairs.first(where: { reserved.contains($0.name) }) {
        throw IssuerRefusal(
          "The redirect URI \(text) has the parameter \(taken.name), which is the response's; leave it out.")
      }
    }
    try dialect.check(checked, isPublic: isPublic)
    return checked
  }
}

/// A registered app, and its secret, which is shown once and kept only as a hash.
package struct RegisteredClient: Sendable {
  package var clientID: String
  package var secret: Secret?
}

extension Dialect {
  /// Whether an app can be one of Keap's: it sends answers to https alone (law P27), and each of its apps has a secret.
  func check(_ redirectURIs: [RedirectURI], isPublic: Bool) throws(IssuerRefusal) {
    guard self == .keap else { return }
    if let http = redirectURIs.first(where: \.isLoopback) {
      throw IssuerRefusal("Keap takes https addresses alone, so \(http.text) cannot be a redirect URI in its dialect.")
    }
    if isPublic { throw IssuerRefusal("Keap has no public apps, so this one cannot meet Keap's rules.") }
  }
}
