import OAuth
import Testing
import Wire

@testable import Issuer

@Suite struct ApprovingTests {
  @Test("an approval gives tokens that act for the user in the tenant")
  func approvalGivesTokens() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let caller = try await world.issuer.authenticate(tokens.accessToken)
    #expect(caller.userEmail == "ann@acme.example")
    #expect(caller.tenantID == world.tenant.id)
    #expect(tokens.scope == "full" && tokens.tenant == "acme-shop.evergrant.test")
    #expect(tokens.asKeapWritesIt.scope == "full|acme-shop.evergrant.test" && tokens.asKeapWritesIt.tenant == nil)
    #expect(tokens.expiresIn == 86_400)
  }

  @Test(
    "P1: a redirect URI is registered byte for byte, or it is refused",
    arguments: [
      "https://shop.example/callback/", "https://shop.example/callback?x=1", "https://SHOP.example/callback",
      "https://shop.example:443/callback", "https://shop.example/callbac", "https://shop.example/%63allback",
      "https://shop.example/callback/../evil",
    ])
  func redirectURIByteForByte(uri: String) async throws {
    let world = try await IssuerWorld()
    let outcome = try await world.issuer.authorize(world.request(world.app, redirectURI: uri).fields, session: nil)
    guard case .page = outcome else {
      Issue.record("\(uri) was let through: \(outcome)")
      return
    }
  }

  @Test("P1: the port of a loopback address is free, and nothing else of it")
  func loopbackPortIsFree() async throws {
    let world = try await IssuerWorld()
    for (uri, isFine) in [
      ("http://127.0.0.1:51004/callback", true), ("http://127.0.0.1/callback", true),
      ("http://127.0.0.1:51004/other", false), ("http://127.0.0.1:99999/callback", false),
      ("http://127.0.0.1:/callback", false), ("http://127.0.0.1:080/callback", false),
      ("http://localhost:51004/callback", false),
    ] {
      let outcome = try await world.issuer.authorize(
        world.request(world.publicApp, redirectURI: uri).fields, session: nil)
      if case .signIn = outcome { #expect(isFine, "\(uri)") } else { #expect(!isFine, "\(uri)") }
    }
  }

  @Test("P24: a client that is allowed less is not asked for more, whether a request names a scope or none")
  func scopeOfClient() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    try await world.database.write { try $0.execute("UPDATE clients SET scope = ''") }
    for scope in [Scope(["full"]), Scope()] {
      var request = world.request(world.app)
      request.scope = scope
      guard case .redirect(let location) = try await world.issuer.authorize(request.fields, session: session) else {
        Issue.record("it went on")
        continue
      }
      #expect(location.contains("error=invalid_scope"))
    }
  }

  @Test("P24: an app that is switched off asks nobody for an approval, and asks again once it is put back")
  func disabledApp() async throws {
    let world = try await IssuerWorld()
    let signedIn = try await world.signIn()
    let fields = world.request(world.app).fields
    try await world.issuer.setDisabled(true, .client(id: world.app.id))
    for session in [signedIn, nil] {
      guard case .page(let page) = try await world.issuer.authorize(fields, session: session) else {
        Issue.record("it went on")
        continue
      }
      #expect(page.sentence.contains("switched off"))
    }
    try await world.issuer.setDisabled(false, .client(id: world.app.id))
    _ = try await world.consent(world.app, signedIn)
  }

  @Test("a person who signed out meanwhile, or whose session ended, decides nothing", arguments: [true, false])
  func sessionEnded(bySigningOut: Bool) async throws {
    let world = try await IssuerWorld()
    let cookie = try await world.issuer.signIn(
      email: world.user.email, password: IssuerWorld.password, address: "192.0.2.1")
    let session = try #require(try await world.issuer.session(cookie))
    let consent = try await world.consent(world.app, session)
    if bySigningOut {
      try await world.issuer.signOut(cookie)
    } else {
      try await world.database.write { try $0.execute("UPDATE sessions SET ends_at = $1", world.time.now) }
    }
    for decision in [Decision.approve(tenantID: nil), .deny] {
      guard case .page(.stale) = try await world.decide(consent, decision, session) else {
        Issue.record("it was decided")
        continue
      }
    }
  }

  @Test("a request that names no scope is one for all that is offered")
  func noScope() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    var request = world.request(world.app)
    request.scope = Scope()
    guard case .consent(let consent) = try await world.issuer.authorize(request.fields, session: session),
      case .redirect(let location) = try await world.decide(consent, .approve(tenantID: nil), session),
      case .code(let code)? = IssuerWorld.response(location)?.outcome
    else {
      Issue.record("no code")
      return
    }
    #expect(try await world.redeem(code, world.app).scope == "full")
  }

  @Test("P2: an unknown client or redirect URI gets a page, whatever else is wrong")
  func unknownClientOrURIGetsPage() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    var unknown = world.app
    unknown.id = "nobody"
    for fields in [
      world.request(unknown).fields, world.request(world.app, redirectURI: "https://evil.example/").fields,
      FormFields([("response_type", "token"), ("client_id", world.app.id), ("redirect_uri", "https://evil.example/")]),
      FormFields([("client_id", world.app.id)]), FormFields([("redirect_uri", IssuerWorld.callback)]), FormFields(),
    ] {
      guard case .page = try await world.issuer.authorize(fields, session: session) else {
        Issue.record("no page for \(fields.encoded)")
        continue
      }
    }
  }

  @Test(
    "P3: a redirect URI that could be abused is not registered",
    arguments: [
      "http://shop.example/cb", "javascript:alert(1)", "data:text/html,x", "https://shop.example/cb#part",
      "https://ann:pw@shop.example/cb", "ftp://shop.example/cb", "/cb", "https://shop.example/cb?iss=other",
    ])
  func dangerousRedirectURI(uri: String) async throws {
    let world = try await IssuerWorld()
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.registerClient(.init(name: "Bad", redirectURIs: [IssuerWorld.callback, uri]))
    }
  }

  @Test("P4: a parameter given twice is refused")
  func duplicateParameter() async throws {
    let world = try await IssuerWorld()
    let fields = world.request(world.app).fields
    for name in ["client_id", "redirect_uri"] {
      var twice = fields
      twice.append(name, fields[name])
      guard case .page = try await world.issuer.authorize(twice, session: nil) else {
        Issue.record("\(name) twice was let through")
        continue
      }
    }
    for name in ["response_type", "scope", "state", "code_challenge"] {
      var twice = fields
      twice.append(name, fields[name])
      let error = try await redirectedError(world, twice)
      #expect(error?.code == .invalidRequest, "\(name)")
    }
    var body = FormFields([("grant_type", "refresh_token"), ("refresh_token", "a")])
    body.append("refresh_token", "b")
    #expect(throws: OAuthError.self) { try TokenRequest(fields: body) }
  }

  @Test("P5: neither the implicit nor the password grant is offered")
  func noImplicitNoPassword() async throws {
    let world = try await IssuerWorld()
    for type in ["token", "id_token", "code token"] {
      var fields = world.request(world.app).fields
      fields.pairs[0].value = type
      #expect(try await redirectedError(world, fields)?.code == .unsupportedResponseType)
    }
    for grant in ["password", "client_credentials", "implicit"] {
      let body = FormFields([("grant_type", grant), ("username", "ann@acme.example"), ("password", "x")])
      #expect(throws: OAuthError.self) { try TokenRequest(fields: body) }
    }
    #expect(world.issuer.metadata.responseTypesSupported == ["code"])
    #expect(world.issuer.metadata.grantTypesSupported == ["authorization_code", "refresh_token"])
  }

  @Test("P6: PKCE with S256 is required, except of an app registered as legacy")
  func pkceRequired() async throws {
    let world = try await IssuerWorld()
    let legacy = try await IssuerWorld.register(world.issuer, "Old PHP", legacy: true)
    for app in [world.app, world.publicApp] {
      #expect(try await redirectedError(world, world.request(app, challenge: nil).fields)?.code == .invalidRequest)
    }
    guard case .signIn = try await world.issuer.authorize(world.request(legacy, challenge: nil).fields, session: nil)
    else {
      Issue.record("a legacy app may leave PKCE out")
      return
    }
    var plain = world.request(legacy).fields
    plain.pairs[plain.pairs.count - 1].value = "plain"
    #expect(try await redirectedError(world, plain)?.code == .invalidRequest)
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.registerClient(
        .init(name: "x", redirectURIs: [IssuerWorld.loopback], isPublic: true, legacy: true))
    }
  }

  @Test("P6: a verifier without a challenge fails, and a challenge without its verifier")
  func verifierWithoutChallenge() async throws {
    let world = try await IssuerWorld()
    let legacy = try await IssuerWorld.register(world.issuer, "Old PHP", legacy: true)
    let session = try await world.signIn()
    guard
      case .consent(let consent) = try await world.issuer.authorize(
        world.request(legacy, challenge: nil).fields, session: session),
      case .redirect(let location) = try await world.decide(consent, .approve(tenantID: nil), session),
      case .code(let code)? = IssuerWorld.response(location)?.outcome
    else {
      Issue.record("no code")
      return
    }
    #expect(await world.error { try await world.redeem(code, legacy) }?.code == .invalidGrant)
    #expect(await world.error { try await world.redeem(code, legacy, verifier: nil) } == nil)
    let other = try await world.approve(world.app)
    #expect(await world.error { try await world.redeem(other, world.app, verifier: nil) }?.code == .invalidGrant)
  }

  @Test("P7: the issuer is named exactly once, in success and in error, with the state as it came")
  func issuerNamedOnce() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    var locations: [String] = []
    for state in ["a b&c=d", nil] {
      for decision in [Decision.approve(tenantID: nil), .deny] {
        let fields = world.request(world.app, state: state).fields
        guard case .consent(let consent) = try await world.issuer.authorize(fields, session: session),
          case .redirect(let location) = try await world.decide(consent, decision, session)
        else {
          Issue.record("no answer")
          return
        }
        #expect(IssuerWorld.response(location)?.state == state)
        locations.append(location)
      }
      guard
        case .redirect(let location) = try await world.issuer.authorize(
          world.request(world.app, state: state, challenge: nil).fields, session: session)
      else {
        Issue.record("no error for a missing challenge")
        return
      }
      locations.append(location)
    }
    for location in locations {
      let fields = FormFields(parsing: location.split(separator: "?", maxSplits: 1)[1])
      #expect(fields?.values(of: "iss") == [IssuerWorld.origin], "\(location)")
    }
  }

  private func redirectedError(_ world: IssuerWorld, _ fields: FormFields) async throws -> OAuthError? {
    guard case .redirect(let location) = try await world.issuer.authorize(fields, session: nil),
      case .error(let error)? = IssuerWorld.response(location)?.outcome
    else { return nil }
    return error
  }
}
