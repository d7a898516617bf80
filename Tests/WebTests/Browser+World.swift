import NetworkKit
import OAuth
import Wire

@testable import Outbound

extension Browser {
  convenience init(_ world: IssuerSiteWorld) { self.init(issuer: world.base) }

  func post(
    _ path: String, _ fields: [(name: String, value: String)], headers: [(name: String, value: String)] = []
  ) async throws -> Page {
    try await post(path, FormFields(fields), headers: headers)
  }

  /// Signs in and goes where the page that asked for it wanted to go.
  @discardableResult
  func signIn(
    _ email: String, next: String = "/account", password: String = IssuerSiteWorld.password.exposed,
    headers: [(name: String, value: String)] = []
  ) async throws -> Page {
    let page = if let signInPage { signInPage } else { try await get("/signin") }
    return try await signIn(email, password: password, on: page, next: next, headers: headers)
  }

  /// Opens an app's request, signs in if need be, and leaves the consent page open.
  func consentPage(
    _ email: String, _ client: String, redirectURI: String = IssuerSiteWorld.redirectURI,
    extra: [(name: String, value: String)] = []
  ) async throws -> Page {
    let fields = FormFields(
      [
        ("response_type", "code"), ("client_id", client), ("redirect_uri", redirectURI), ("scope", "full"),
        ("state", "s-1"),
      ]
        + extra)
    let path = "/oauth/authorize?" + fields.encoded
    let page = try await get(path)
    guard let next = page.hidden("next") else { return page }
    return try await get(try await signIn(email, next: next)[header: "Location"] ?? "")
  }

  /// Approves on an open consent page, for the first tenant where none is named.
  func approve(_ page: Page, tenant: String? = nil) async throws -> Page {
    try await decide("approve", on: page, tenant: page.tenants.map(\.name).first { tenant == nil || $0 == tenant })
  }

  /// The whole way from an app's request to its tokens.
  func tokens(
    _ email: String, _ client: (id: String, secret: Secret), redirectURI: String = IssuerSiteWorld.redirectURI,
    tenant: String = "Acme Shop"
  ) async throws -> TokenResponse {
    let approved = try await approve(try await consentPage(email, client.id, redirectURI: redirectURI), tenant: tenant)
    let code = approved.locationFields["code"] ?? ""
    let fields = FormFields([
      ("client_id", client.id), ("client_secret", client.secret.exposed), ("code", code),
      ("grant_type", "authorization_code"), ("redirect_uri", redirectURI),
    ])
    return try await HTTP.send(
      "POST", issuer + "/oauth/token", headers: [("Content-Type", "application/x-www-form-urlencoded")],
      body: fields.encoded
    ).decoded(TokenResponse.self)
  }
}

extension IssuerSiteWorld {
  var shopClient: (id: String, secret: Secret) { (shop.clientID, shop.secret ?? Secret("")) }
  var otherClient: (id: String, secret: Secret) { (other.clientID, other.secret ?? Secret("")) }

  func tokenRequest(
    _ fields: [(name: String, value: String)], path: String = "/oauth/token",
    headers: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    try await client.send(
      "POST", base + path, headers: headers + [("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(FormFields(fields).encoded.utf8))
  }

  func refresh(_ token: Secret?, _ client: (id: String, secret: Secret)) async throws -> OutboundResponse {
    try await tokenRequest([
      ("grant_type", "refresh_token"), ("refresh_token", token?.exposed ?? ""), ("client_id", client.id),
      ("client_secret", client.secret.exposed),
    ])
  }

  func api(_ method: String, _ path: String, _ token: Secret?, _ body: String? = nil) async throws -> OutboundResponse {
    var headers = token.map { [("Authorization", "Bearer \($0.exposed)")] } ?? []
    if body != nil { headers.append(("Content-Type", "application/json")) }
    return try await client.send(method, base + path, headers: headers, body: body.map { Array($0.utf8) })
  }
}
