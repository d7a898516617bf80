import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// An app that meets Keap's rules, by its own setting or by the whole server's.
@Suite struct KeapDialectTests {
  enum Place: CaseIterable { case client, server }

  private static let callback = "https://shop.example/callback"

  /// A world and the app in it that meets Keap's rules.
  private func world(
    _ place: Place = .client, window: Duration = .days(183)
  ) async throws -> (IssuerWorld, IssuerWorld.App) {
    var settings = IssuerSettings(
      issuer: IssuerWorld.origin, accessLifetime: .hours(24), refreshWindow: window, codeLifetime: .seconds(60),
      passwordCost: IssuerSettings.test.passwordCost, refusalDelay: .zero)
    if place == .server { settings.dialect = .keap }
    let world = try await IssuerWorld(settings: settings)
    if place == .client { try await world.issuer.setDialect(.keap, ofClient: world.app.id) }
    return (world, world.app)
  }

  @Test("P27: a refresh token works once, and its predecessor is dead in the same moment", arguments: Place.allCases)
  func once(_ place: Place) async throws {
    let (world, app) = try await world(place)
    let first = try await world.tokens(app)
    let second = try await world.refresh(first, app)
    for pause in [Duration.zero, .milliseconds(1), .minutes(4), .hours(20)] {
      world.time.advance(by: pause)
      #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
    }
    let third = try await world.refresh(second, app)
    #expect(await world.error { try await world.refresh(second, app) }?.code == .invalidGrant)
    #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
    #expect(
      await world.error { try await world.refresh(third, app) } == nil, "a replay ends no grant of an app with a secret"
    )
    #expect(try await world.issuer.grants(ofClient: app.id).map(\.generation) == [4])
  }

  @Test("P27: a spent token that comes back is told to the user, once a minute")
  func told() async throws {
    let (world, app) = try await world()
    let first = try await world.tokens(app)
    _ = try await world.refresh(first, app)
    for _ in 0..<5 { _ = await world.error { try await world.refresh(first, app) } }
    #expect(try await world.issuer.events(of: world.signIn()).map(\.kind) == ["token_reused", "approved"])
  }

  @Test("P27: of many refreshes at once one gets tokens, and the others are refused")
  func atOnce() async throws {
    let (world, app) = try await world()
    let first = try await world.tokens(app)
    let answered = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 { group.addTask { await world.error { try await world.refresh(first, app) } == nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(answered == 1)
    #expect(try await world.issuer.grants(ofClient: app.id).map(\.generation) == [2])
  }

  @Test("P27: a refresh ends the access token before it, at once")
  func access() async throws {
    let (world, app) = try await world()
    let first = try await world.tokens(app)
    #expect(await world.refusal(first) == nil)
    let second = try await world.refresh(first, app)
    #expect(await world.refusal(first) == .invalid)
    #expect(await world.refusal(second) == nil)
    world.time.advance(by: .hours(24))
    #expect(await world.refusal(second) == .expired)
  }

  @Test("P27: a refresh token ends 45 days after it was made, to the millisecond, whatever is called meanwhile")
  func window() async throws {
    let (world, app) = try await world()
    let early = try await world.tokens(app), late = try await world.tokens(app)
    world.time.advance(by: .hours(23))
    #expect(await world.refusal(late) == nil)
    try await world.issuer.recordUsage()
    world.time.advance(by: .days(45) - .hours(23) - .milliseconds(1))
    #expect(await world.error { try await world.refresh(early, app) } == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(try await world.issuer.foresee(try #require(late.refreshToken))?.isGrantAlive == false)
    #expect(await world.error { try await world.refresh(late, app) }?.code == .invalidGrant)

    let (short, other) = try await self.world(window: .hours(30))
    let tokens = try await short.tokens(other)
    short.time.advance(by: .hours(30))
    #expect(await short.error { try await short.refresh(tokens, other) }?.code == .invalidGrant, "a shorter one stays")
  }

  @Test("P27: the answer names the tenant behind the scope, and not how long the refresh token lasts")
  func answer() async throws {
    let (world, app) = try await world()
    let tokens = try await world.tokens(app)
    #expect(tokens.asKeapWritesIt.scope == "full|acme-shop.evergrant.test")
    #expect(tokens.expiresIn == 86_400 && tokens.tokenType == "bearer" && tokens.refreshTokenExpiresIn == nil)
    let unknown = AuthorizationRequest(
      clientID: app.id, redirectURI: app.redirectURI, scope: Scope(["contacts"]), state: nil,
      challenge: IssuerWorld.verifier.challenge)
    guard case .redirect(let location) = try await world.issuer.authorize(unknown.fields, session: nil) else {
      throw Unexpected()
    }
    #expect(location.contains("error=invalid_scope"))
  }

  @Test("P27: an app can revoke nothing, by either of its tokens, and the person still can", arguments: Place.allCases)
  func revocation(_ place: Place) async throws {
    let (world, app) = try await world(place)
    let tokens = try await world.tokens(app)
    for token in [tokens.accessToken, try #require(tokens.refreshToken), Secret("unknown")] {
      let error = await world.error {
        try await world.issuer.revoke(RevocationRequest(token: token), client: app.presented)
      }
      #expect(error?.code == .unsupportedTokenType)
    }
    #expect(await world.refusal(tokens) == nil)
    #expect((world.issuer.metadata.revocationEndpoint == nil) == (place == .server))
    let session = try await world.signIn()
    #expect(
      try await world.issuer.revokeApproval(try world.grantID(tokens), by: session, csrf: session.csrf.exposed))
    #expect(await world.refusal(tokens) == .invalid)
    #expect(await world.error { try await world.refresh(tokens, app) }?.code == .invalidGrant)
  }

  @Test("P27: redirect URIs are https, when an app is registered, when its rules change, and when they are used")
  func addresses() async throws {
    let (world, _) = try await world(.server)
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.registerClient(
        .init(name: "Local", redirectURIs: [Self.callback, IssuerWorld.loopback], dialect: .keap))
    }
    let local = try await world.issuer.registerClient(
      .init(name: "Local", redirectURIs: [Self.callback, "http://localhost/callback"]))
    await #expect(throws: IssuerRefusal.self) { try await world.issuer.setDialect(.keap, ofClient: local.clientID) }
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.setDialect(.keap, ofClient: world.publicApp.id)
    }
    await #expect(throws: IssuerRefusal.self) { try await world.issuer.setDialect(.keap, ofClient: "nobody") }
    let app = IssuerWorld.App(id: local.clientID, secret: local.secret, redirectURI: "http://localhost/callback")
    let asked = try await world.issuer.authorize(world.request(app).fields, session: world.signIn())
    guard case .page(let page) = asked else { throw Unexpected() }
    #expect(page.sentence.contains("https"))
    guard
      case .consent = try await world.issuer.authorize(
        world.request(app, redirectURI: Self.callback).fields, session: world.signIn())
    else { throw Unexpected() }
  }

  @Test("P27: a request for an approval may leave out response_type and scope")
  func bareRequest() async throws {
    let (world, app) = try await world()
    var fields = world.request(app).fields
    fields.pairs.removeAll { ["response_type", "scope"].contains($0.name) }
    guard case .consent(let consent) = try await world.issuer.authorize(fields, session: world.signIn()) else {
      throw Unexpected()
    }
    #expect(consent.scopes.map(\.token) == ["full"] && consent.refreshWindow == .days(45))
    guard
      case .redirect = try await world.issuer.authorize(
        FormFields([("client_id", world.publicApp.id), ("redirect_uri", IssuerWorld.loopback)]), session: nil)
    else { throw Unexpected() }
  }

  @Test("P27: what is refused is told as Keap tells it, in whichever of its two ways is set")
  func words() async throws {
    func refusal(
      _ code: OAuthError.Code, _ grant: String?, _ dead: KeapDeadToken = .invalidGrant
    ) -> (Int, String)? {
      KeapTokenRefusal.of(OAuthError(code), grantType: grant, deadToken: dead).map { ($0.status, $0.body.text) }
    }
    let table: [((Int, String)?, Int, String)] = [
      (
        refusal(.invalidGrant, "refresh_token"), 400,
        #"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#
      ),
      (
        refusal(.invalidGrant, "refresh_token", .invalidRequest), 400,
        #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#
      ),
      (
        refusal(.invalidGrant, "authorization_code"), 401,
        #"{"error":"invalid_grant","error_description":"Unable to authenticate username and password"}"#
      ),
      (
        refusal(.invalidRequest, nil), 400,
        #"{"error":"invalid_request","error_description":"response_type or grant_type is required"}"#
      ),
    ]
    for (told, status, text) in table {
      #expect(told?.0 == status)
      #expect(try told.map { try JSON.parse($0.1) } == (try JSON.parse(text)))
    }
    let client = KeapTokenRefusal.of(OAuthError(.invalidClient), grantType: "refresh_token", deadToken: .invalidGrant)
    #expect(client?.status == 401)
    #expect(client?.body == ["ErrorCode": "invalid_client", "Error": "ClientId is Invalid"])
    for code in [OAuthError.Code.temporarilyUnavailable, .accessDenied, .invalidScope] {
      #expect(KeapTokenRefusal.of(OAuthError(code), grantType: "refresh_token", deadToken: .invalidGrant) == nil)
    }
  }

  @Test("P27: Keap tells a wrong redirect URI apart, and an app with other rules does not learn of it")
  func wrongAddress() async throws {
    let (world, app) = try await world()
    let code = try await world.approve(app)
    let error = await world.error { try await world.redeem(code, app, redirectURI: "https://evil.example/") }
    #expect(error == OAuthError(.invalidRequest, "Invalid redirect_uri"))
    #expect(await world.error { try await world.redeem(code, world.publicApp) }?.code == .invalidGrant)
    #expect(await world.error { try await world.redeem(code, app) } == nil, "nothing of it burnt the code")
  }

  @Test("P27: an app goes back to this server's rules, and the other app never left them")
  func otherRules() async throws {
    let (world, app) = try await world()
    let plain = try await world.tokens(world.publicApp)
    let successor = try await world.refresh(plain, world.publicApp)
    #expect(try await world.refresh(plain, world.publicApp).refreshToken == successor.refreshToken)
    #expect(successor.refreshTokenExpiresIn == Duration.days(183).milliseconds / 1000)
    let first = try await world.tokens(app)
    try await world.issuer.setDialect(.evergrant, ofClient: app.id)
    let second = try await world.refresh(first, app)
    #expect(try await world.refresh(first, app).refreshToken == second.refreshToken)
    #expect(try await world.issuer.clients().map(\.dialect) == [.evergrant, .evergrant])
    // Tokens that an app holds are judged by the rules that it meets now.
    try await world.issuer.setDialect(.keap, ofClient: app.id)
    #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
    #expect(await world.error { try await world.refresh(second, app) } == nil)
  }

  @Test("P27: a database without the column is brought up to date, and its apps keep their rules")
  func migration() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(IssuerSchema.migrations.filter { $0.version < IssuerSchema.dialects.version })
    try await database.write { db in
      try db.execute(
        """
        INSERT INTO clients (id, name, redirect_uris, scope, is_legacy, created_at)
        VALUES ('c', 'Old', 'https://old.example/', 'full', 0, 1)
        """)
    }
    let world = try await IssuerWorld(database: database)
    #expect(try await world.issuer.clients().first { $0.id == "c" }?.dialect == .evergrant)
  }
}
