import Foundation
import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K33: an approval is bound to one attempt, and a connection to whoever approved it.
struct ConnectingLawTests {
  /// Says that somebody has approved.
  struct Person: Upstream {
    var email = "ann@example.org"
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      #expect(request.target == "/crm/rest/v1/oauth/connect/userinfo")
      return UpstreamResponse(status: 200, body: Array(#"{"email":"\#(email)","sub":"1"}"#.utf8))
    }
  }

  private func setUp() async throws -> (KeeperWorld, Keeper) {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Person())
    try await keeper.desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cret"),
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    return (world, keeper)
  }

  private func asked(_ attempt: Attempt) throws -> FormFields {
    try #require(attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) })
  }

  private func approved(_ attempt: Attempt, iss: String? = "http://127.0.0.1:9") throws -> FormFields {
    AuthorizationResponse(.code(Secret("c0de")), state: try asked(attempt)["state"], issuer: iss).fields
  }

  @Test("K33: the code is redeemed with the verifier and redirect URI of its own attempt, and the identity is stored")
  func connects() async throws {
    let (world, keeper) = try await setUp()
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let request = try asked(attempt)
    world.provider.next { token in
      #expect(token.fields["grant_type"] == "authorization_code" && token.fields["code"] == "c0de")
      #expect(token.fields["redirect_uri"] == "http://127.0.0.1/callback")
      let verifier = token.fields["code_verifier"].flatMap { PKCE.Verifier($0) }
      #expect(verifier.map { $0.challenge.text } == request["code_challenge"])
      return .body(200, #"{"access_token":"a1","refresh_token":"r1","expires_in":60,"scope":"full|acme.example"}"#)
    }
    let status = try await keeper.desk.finishConnecting("shop", fields: try approved(attempt))
    #expect(status.state == "ok" && status.tenant == "acme.example" && status.approver == "ann@example.org")
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a1")
  }

  @Test("K33: an answer is taken once, within ten minutes, for its own connection and state")
  func boundToOneAttempt() async throws {
    let (world, keeper) = try await setUp()
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let fields = try approved(attempt)
    var forged = fields
    forged.pairs = fields.pairs.map { $0.name == "state" ? ("state", "forged") : $0 }
    for (name, fields) in [("shop", forged), ("other", fields)] {
      await #expect(throws: KeeperError.self) { try await keeper.desk.finishConnecting(name, fields: fields) }
    }
    #expect(world.provider.requests.isEmpty)
    _ = try await keeper.desk.finishConnecting("shop", fields: fields)
    await #expect(throws: KeeperError.self) { try await keeper.desk.finishConnecting("shop", fields: fields) }
    let late = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    world.time.advance(by: .minutes(10))
    await #expect(throws: KeeperError.self) { try await keeper.desk.finishConnecting("shop", fields: approved(late)) }
    #expect(world.provider.requests.count == 1)
  }

  @Test(
    "K33: where the provider sends iss, an answer without it or with another is refused",
    arguments: [nil, "http://127.0.0.1:10"])
  func issuer(_ iss: String?) async throws {
    let (world, keeper) = try await setUp()
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: approved(attempt, iss: iss))
    }
    #expect(world.provider.requests.isEmpty)
  }

  @Test("K33: another tenant under the same name is refused unless it is said to replace the first")
  func otherTenant() async throws {
    let (world, keeper) = try await setUp()
    func approve(_ tenant: String, replacing: Bool) async throws {
      let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
      world.provider.next(.body(200, #"{"access_token":"a-\#(tenant)","refresh_token":"r","scope":"full|\#(tenant)"}"#))
      _ = try await keeper.desk.finishConnecting("shop", fields: approved(attempt), replacingTenant: replacing)
    }
    try await approve("acme", replacing: false)
    let key = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false)
    try await approve("acme", replacing: false)
    #expect(keeper.key(presented: key) != nil, "the same person and tenant keep their keys")
    await #expect(throws: KeeperError.self) { try await approve("rival", replacing: false) }
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a-acme")
    let before = try #require(keeper.passage(to: "shop"))
    try await approve("rival", replacing: true)
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a-rival")
    // What tells a call that waited that it is now another tenant's (K22).
    let after = try #require(keeper.passage(to: "shop"))
    #expect(after.epoch > before.epoch && after.token?.epoch == after.epoch)
  }

  @Test("connections of one tenant are of one account, whoever approved them by which app, and others are not")
  func accounts() async throws {
    let (world, keeper) = try await setUp()
    try await keeper.desk.addClient(
      "other", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id2", secret: Secret("s3cret"),
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    func account(_ name: String, _ client: String, _ scope: String) async throws -> Int {
      let attempt = try await keeper.desk.beginConnecting(name, client: client, redirectURI: nil)
      let tokens = #""access_token":"a-\#(name)","refresh_token":"r-\#(name)""#
      world.provider.next(.body(200, "{\(tokens),\"scope\":\"\(scope)\"}"))
      _ = try await keeper.desk.finishConnecting(name, fields: approved(attempt))
      return try #require(keeper.passage(to: name)).account
    }
    let shop = try await account("shop", "app", "full|acme")
    #expect(try await account("branch", "app", "full|acme") == shop)
    #expect(try await account("again", "other", "full|acme") == shop)
    #expect(try await account("rival", "app", "full|rival") != shop)
    let unknown = try await account("one", "app", "full")
    #expect(try await account("two", "app", "full") != unknown, "nobody told whose they are")
  }

  @Test("a refusal at the browser becomes a sentence that says what to do")
  func denied() async throws {
    let (_, keeper) = try await setUp()
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let denied = AuthorizationResponse(
      .error(OAuthError(.accessDenied)), state: try asked(attempt)["state"], issuer: "http://127.0.0.1:9")
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: denied.fields)
    }
    #expect(error?.description.contains("declined") == true)
  }

  @Test("a provider that takes https redirects only gets no loopback one")
  func httpsOnly() async throws {
    let keeper = try await KeeperWorld { $0.loopbackRedirects = false }.keeper()
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.addClient(
        "b", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: nil,
        redirectURI: "http://127.0.0.1/x", replacing: false)
    }
  }

  @Test("disconnecting forgets the tokens and says whether the provider was told")
  func disconnects() async throws {
    let (world, keeper) = try await setUp()
    try await world.connect()
    try await keeper.start()
    world.provider.next { request in
      #expect(request.url == "http://127.0.0.1:9/oauth/revoke" && request.fields["token"] == "r1")
      return .body(200, "")
    }
    #expect(try await keeper.desk.disconnect("shop").contains("was told"))
    #expect(keeper.freshToken(for: "shop") == nil)
    #expect(try await world.row().refresh == nil)
  }
}
