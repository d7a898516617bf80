import Foundation
import Issuer
import OAuth
import Store
import Wire

/// Who takes part in a rehearsal beside the integration: a tenant, the person who approves, and the app.
struct RehearsalCast {
  private static let email = "person@example.org"

  /// What an integration is told, in the words of the standard.
  private struct Handout: Encodable {
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var api: String
    var clientID: String
    var clientSecret: String
    var redirectURI: String
    var email: String
    var password: String
    var accessToken: String
    var refreshToken: String
    var expiresIn: Int64

    enum CodingKeys: String, CodingKey {
      case authorizationEndpoint = "authorization_endpoint"
      case tokenEndpoint = "token_endpoint"
      case api
      case clientID = "client_id"
      case clientSecret = "client_secret"
      case redirectURI = "redirect_uri"
      case email, password
      case accessToken = "access_token"
      case refreshToken = "refresh_token"
      case expiresIn = "expires_in"
    }
  }

  private let issuer: Issuer
  private let password: Secret
  private let app: RegisteredClient
  private let redirectURI: String

  init(_ issuer: Issuer, redirectURIs: [String]) async throws {
    self.issuer = issuer
    password = Secret(Base64URL.encode(Randomness.system.bytes(12)))
    _ = try await issuer.addTenant(name: "Rehearsal")
    _ = try await issuer.addUser(email: Self.email, name: "Rehearsal", password: password, tenants: ["Rehearsal"])
    app = try await issuer.registerClient(
      ClientRegistration(name: "Integration", redirectURIs: redirectURIs, legacy: true, dialect: .keap))
    redirectURI = redirectURIs.first ?? ""
  }

  /// Writes what the integration needs, with the pair of tokens of a new approval.
  ///
  /// - Parameter isNew: whether there must be no such file yet.
  func write(to path: String, isNew: Bool) async throws {
    let tokens = try await approve(), base = issuer.settings.issuer
    let handout = Handout(
      authorizationEndpoint: base + "/app/oauth/authorize", tokenEndpoint: base + "/token", api: base + "/crm/rest",
      clientID: app.clientID, clientSecret: app.secret?.exposed ?? "", redirectURI: redirectURI, email: Self.email,
      password: password.exposed, accessToken: tokens.accessToken.exposed,
      refreshToken: tokens.refreshToken?.exposed ?? "", expiresIn: tokens.expiresIn ?? 0)
    let text = try JSONText.of(handout) + "\n"
    guard !isNew else { return try DataFolder.writePrivately(text, to: path) }
    let part = path + ".part"
    try? FileManager.default.removeItem(atPath: part)
    try DataFolder.writePrivately(text, to: part)
    guard rename(part, path) == 0 else { throw Denied("\(path) cannot be written anew.") }
  }

  /// Approves as the person would, on no page.
  private func approve() async throws -> TokenResponse {
    let session = try await session()
    let request = AuthorizationRequest(
      clientID: app.clientID, redirectURI: redirectURI, scope: Scope(["full"]), state: nil, challenge: nil)
    guard case .consent(let consent) = try await issuer.authorize(request.fields, session: session),
      case .redirect(let location) = try await issuer.decide(
        approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil), session: session,
        address: "127.0.0.1"),
      let fields = FormFields(ofPastedAddress: location),
      case .code(let code)? = AuthorizationResponse(fields: fields)?.outcome
    else { throw Denied("The rehearsal's own approval did not come about.") }
    return try await issuer.token(
      TokenRequest(.authorizationCode(code, redirectURI: redirectURI, verifier: nil)),
      client: PresentedClient(clientID: app.clientID, secrets: app.secret.map { [$0] } ?? []))
  }

  /// Takes every approval of the person back.
  func revoke() async throws {
    let session = try await session()
    for approval in try await issuer.approvals(of: session) where approval.endedAt == nil {
      _ = try await issuer.revokeApproval(approval.grantID, by: session, csrf: session.csrf.exposed)
    }
  }

  private func session() async throws -> Session {
    let cookie = try await issuer.signIn(email: Self.email, password: password, address: "127.0.0.1")
    guard let session = try await issuer.session(cookie) else { throw Denied("The rehearsal's person cannot sign in.") }
    return session
  }
}
