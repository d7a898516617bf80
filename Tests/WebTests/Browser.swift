import Foundation
import HostileProvider
import NIOHTTP1
import OAuth
import Synchronization
import Wire

@testable import Outbound

/// A person's browser: keeps cookies, shows answers, follows nothing by itself.
final class Browser: Sendable {
  private let world: IssuerSiteWorld
  private let cookies = Mutex<[String: String]>([:])
  /// The token of the sign-in form that was shown last; it goes with the browser's cookie.
  private let signInForm = Mutex<String?>(nil)

  init(_ world: IssuerSiteWorld) { self.world = world }

  /// Whether it has a session's cookie.
  var isSignedIn: Bool { cookies.withLock { $0["evergrant"] ?? $0["__Host-evergrant"] } != nil }

  var cookieHeader: String {
    cookies.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
  }

  func get(_ path: String) async throws -> OutboundResponse { try await send("GET", path, [], nil) }

  func post(
    _ path: String, _ fields: [(name: String, value: String)], headers: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    let headers = headers + [("Content-Type", "application/x-www-form-urlencoded")]
    return try await send("POST", path, headers, Array(FormFields(fields).encoded.utf8))
  }

  private func send(
    _ method: String, _ path: String, _ headers: [(name: String, value: String)], _ body: [UInt8]?
  ) async throws -> OutboundResponse {
    let answer = try await world.client.send(
      method, world.base + path, headers: headers + [("Cookie", cookieHeader)], body: body)
    for line in answer.headers["set-cookie"] {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies.withLock { $0[String(pair[0])] = pair.count > 1 && !pair[1].isEmpty ? String(pair[1]) : nil }
    }
    if let form = answer.hidden("form") { signInForm.withLock { $0 = form } }
    return answer
  }

  /// Signs in and goes where the page that asked for it wanted to go.
  @discardableResult
  func signIn(
    _ email: String, next: String = "/account", password: String = IssuerSiteWorld.password.exposed,
    headers: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    if signInForm.withLock({ $0 }) == nil { _ = try await get("/signin") }
    let form = signInForm.withLock { $0 } ?? ""
    return try await post(
      "/signin", [("email", email), ("password", password), ("next", next), ("form", form)], headers: headers)
  }

  /// Opens an app's request, signs in if need be, and leaves the consent page open.
  func consentPage(
    _ email: String, _ client: String, redirectURI: String = IssuerSiteWorld.redirectURI,
    extra: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
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

  /// Approves on an open consent page.
  func approve(_ page: OutboundResponse, tenant: String? = nil) async throws -> OutboundResponse {
    let chosen = page.tenants.first { tenant == nil || $0.name == tenant }?.id ?? page.hidden("tenant") ?? ""
    return try await post(
      "/consent",
      [
        ("approval", page.hidden("approval") ?? ""), ("csrf", page.formToken), ("tenant", chosen),
        ("decision", "approve"),
      ])
  }

  /// The whole way from an app's request to its tokens.
  func tokens(
    _ email: String, _ client: (id: String, secret: Secret), redirectURI: String = IssuerSiteWorld.redirectURI,
    tenant: String = "Acme Shop"
  ) async throws -> TokenResponse {
    let approved = try await approve(try await consentPage(email, client.id, redirectURI: redirectURI), tenant: tenant)
    let code = approved.locationFields["code"] ?? ""
    let answer = try await world.tokenRequest(
      [
        ("client_id", client.id), ("client_secret", client.secret.exposed), ("code", code),
        ("grant_type", "authorization_code"), ("redirect_uri", redirectURI),
      ])
    return try JSONDecoder().decode(TokenResponse.self, from: Data(answer.body))
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

extension OutboundResponse {
  /// The value of a form field on this page.
  func hidden(_ name: String) -> String? { attribute("name=\"\(name)\" value=\"") }

  /// The token of the main form, below the one for signing out.
  var formToken: String {
    let all = text.components(separatedBy: "name=\"csrf\" value=\"").dropFirst()
    return all.last.map { String($0.prefix { $0 != "\"" }) } ?? ""
  }

  /// The choices of a consent page.
  var tenants: [(id: String, name: String)] {
    text.components(separatedBy: "<label for=\"tenant-").dropFirst().map { part in
      let id = part.prefix { $0 != "\"" }
      return (String(id), String(part.dropFirst(id.count + 2).prefix { $0 != "<" }))
    }
  }

  var locationFields: FormFields {
    let location = self[header: "Location"] ?? ""
    return FormFields(parsing: location.split(separator: "?", maxSplits: 1).dropFirst().first ?? "") ?? FormFields()
  }

  private func attribute(_ start: String) -> String? {
    guard let found = text.range(of: start) else { return nil }
    return String(text[found.upperBound...].prefix { $0 != "\"" })
      .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"").replacing(
        "&amp;", with: "&")
  }
}
