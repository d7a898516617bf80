import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct OwnTokenTests {
  @Test("P35: a token of one's own has its maker's rights in one tenant, until the end that was chosen")
  func lifetime() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let token = try await world.make("nightly", lifetime: .days(30), by: ann)
    let caller = try await world.issuer.authenticate(token)
    #expect(caller.userID == world.user.id && caller.tenantID == world.tenant.id && caller.scope.text == "full")
    _ = try await world.issuer.createContact(
      TwoTenants.person("zoe@shop.example"), check: KeapV1.check, by: caller)
    let own = try #require(try await world.own().first)
    #expect(own.endsAt == world.time.now + .days(30) && own.grant.clientName == "nightly" && own.kind == .personal)
    #expect(own.grant.calls == 1 && own.grant.lastUsedAt == world.time.now)
    #expect(try await world.issuer.approvals(of: ann).isEmpty, "it is no app's")
    world.time.advance(by: .days(30) - .milliseconds(1))
    #expect(await world.refusal(token) == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.refusal(token) == .expired)
    #expect(try await world.own().first?.hasEnded == true)
    for days in [0, -1, 366] as [Int64] {
      await #expect(throws: IssuerRefusal.self) { try await world.make("long", lifetime: .days(days)) }
    }
    await #expect(throws: IssuerRefusal.self) { try await world.make(" blank") }
    await #expect(throws: IssuerRefusal.self) { try await world.make("wide", scopes: ["full", "everything"]) }
    await #expect(throws: IssuerRefusal.self) { try await world.make("narrow", scopes: []) }
  }

  @Test("P24 P35: tokens of a kind that is switched off are not made, which is said beforehand; the other kind is")
  func switchedOff() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    #expect(try await world.issuer.tokenChoices(for: ann).switchedOff.isEmpty)
    try await world.issuer.setDisabled(true, .client(id: "personal-tokens"))
    #expect(try await world.issuer.tokenChoices(for: ann).switchedOff == [.personal])
    await #expect(throws: IssuerRefusal(OwnTokenKind.personal.offSentence)) { try await world.make("nightly", by: ann) }
    try await world.make("key", .service, by: ann)
    try await world.issuer.setDisabled(false, .client(id: "personal-tokens"))
    try await world.make("nightly", by: ann)
    #expect(try await world.own().count == 2)
  }

  @Test("P35: a rotation's overlap holds where Keap's rules count, which are of refresh tokens")
  func overlapAtKeap() async throws {
    var settings = IssuerSettings.test
    settings.dialect = .keap
    let world = try await IssuerWorld(settings: settings)
    let first = try await world.make("nightly", lifetime: .days(30))
    let own = try #require(try await world.own().first)
    let second = try #require(try await world.rotate(own, overlap: .days(7), lifetime: .days(365)))
    for token in [first, second] { #expect(await world.refusal(token) == nil) }
    world.time.advance(by: .days(7))
    #expect(await world.refusal(first) == .invalid)
  }

  @Test("P35: a person has so many tokens at once, and one that is ended makes room")
  func most() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let first = try await world.make("old", lifetime: .milliseconds(1), by: ann)
    world.time.advance(by: .milliseconds(1))
    for number in 0..<OwnTokenRule.mostOfUser { try await world.make("token \(number)", by: ann) }
    await #expect(throws: IssuerRefusal.self) { try await world.make("one more", by: ann) }
    let old = try #require(try await world.own().first { $0.hasEnded })
    await #expect(throws: IssuerRefusal.self, "one that has ended comes back only where there is room") {
      try await world.rotate(old, by: ann)
    }
    #expect(await world.refusal(first) == .expired)
    let own = try #require(try await world.own().first { !$0.hasEnded })
    try await world.rotate(own, by: ann)
    #expect(try await world.issuer.revokeApproval(own.grant.grantID, by: ann, csrf: ann.csrf.exposed))
    try await world.rotate(old, by: ann)
  }

  @Test("P35: after a rotation both tokens work until the overlap is over, and never beyond the first one's own end")
  func rotation() async throws {
    let world = try await IssuerWorld()
    let first = try await world.make("nightly", lifetime: .days(30))
    let own = try #require(try await world.own().first)
    world.time.advance(by: .days(20))
    let second = try #require(try await world.rotate(own, overlap: .days(7), lifetime: .days(365)))
    for token in [first, second] { #expect(await world.refusal(token) == nil) }
    #expect(try await world.own().first?.overlapUntil == world.time.now + .days(7))
    world.time.advance(by: .days(7) - .milliseconds(1))
    #expect(await world.refusal(first) == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.refusal(first) == .invalid)
    #expect(await world.refusal(second) == nil)

    // A token before goes on no longer than it would have.
    let short = try await world.make("short", lifetime: .days(1))
    let shorts = try #require(try await world.own().first { $0.grant.clientName == "short" })
    let next = try #require(try await world.rotate(shorts, overlap: .days(7), lifetime: .days(30)))
    world.time.advance(by: .days(1))
    #expect(await world.refusal(short) == .expired)
    #expect(await world.refusal(next) == nil)

    // Rotated again within the overlap: what was replaced before has had its time.
    let again = try #require(try await world.own().first { $0.grant.clientName == "short" })
    let last = try #require(try await world.rotate(again, overlap: .zero, lifetime: .days(30)))
    #expect(await world.refusal(next) == .invalid)
    #expect(await world.refusal(last) == nil)
    let newest = try #require(try await world.own().first { $0.grant.clientName == "short" })
    let outside: [(overlap: Duration, lifetime: Duration)] = [
      (.days(8), .days(30)), (.seconds(-1), .days(30)), (.zero, .days(366)),
    ]
    for (overlap, lifetime) in outside {
      await #expect(throws: IssuerRefusal.self) {
        try await world.rotate(newest, overlap: overlap, lifetime: lifetime)
      }
    }
    #expect(await world.refusal(last) == nil)
  }

  @Test("P35: of two rotations at once one wins, and the other is told and changes nothing", arguments: 0..<20)
  func twoRotations(seed: UInt64) async throws {
    let world = try await IssuerWorld(seed: seed, database: InterleavedDatabase(inner: SQLite.inMemory()))
    let first = try await world.make("nightly")
    let own = try #require(try await world.own().first)
    let session = try await world.signIn()
    let interleaver = Interleaver(seed: seed, tasks: 2)
    let tokens = await Interleaver.$current.withValue(interleaver) {
      await withTaskGroup(of: Secret?.self) { group in
        for _ in 0..<2 {
          group.addTask {
            let token = try? await world.rotate(own, overlap: .days(1), lifetime: .days(30), by: session)
            interleaver.leave()
            return token
          }
        }
        return await group.reduce(into: [Secret]()) { tokens, token in if let token { tokens.append(token) } }
      }
    }
    #expect(tokens.count == 1)
    for token in tokens + [first] { #expect(await world.refusal(token) == nil) }
    #expect(try await world.own().first?.generation == 2)
  }

  @Test("P35: a form that is sent twice makes one token")
  func oneForm() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn(), bob = try await world.member("bob")
    let draft = world.issuer.draftToken(for: ann)
    func send(_ csrf: Secret, _ session: Session, name: String = "nightly") async throws -> Secret? {
      let new = NewOwnToken(
        kind: .personal, name: name, tenantID: world.tenant.id, scopes: ["full"], lifetime: .days(30))
      return try await world.issuer.makeOwnToken(new, draft: draft.id, csrf: csrf.exposed, by: session)
    }
    #expect(try await send(ann.csrf, ann) == nil, "the token of another form")
    #expect(try await send(draft.csrf, bob) == nil, "another person's form")
    #expect(try await send(draft.csrf, ann) != nil)
    await #expect(throws: IssuerRefusal.self) { try await send(draft.csrf, ann) }
    // Two tokens cannot have one name, so under another it is the form alone that is refused.
    await #expect(throws: IssuerRefusal.self) { try await send(draft.csrf, ann, name: "weekly") }
    #expect(try await world.own().count == 1)
  }

  @Test("P35: no refresh token of a token of one's own exists, and OAuth's endpoints refuse it")
  func noOAuth() async throws {
    let world = try await IssuerWorld()
    let token = try await world.make("nightly")
    let nobody = IssuerWorld.App(id: OwnTokenKind.personal.clientID, secret: nil, redirectURI: "")
    for app in [world.app, world.publicApp, nobody] {
      let request = TokenRequest(.refreshToken(token, scope: nil, notAfter: nil))
      let refused = await world.error { try await world.issuer.token(request, client: app.presented) }
      let expected: OAuthError.Code = app.redirectURI.isEmpty ? .invalidClient : .invalidGrant
      #expect(refused?.code == expected)
      _ = await world.error {
        try await world.issuer.revoke(RevocationRequest(token: token), client: app.presented)
      }
      #expect(await world.error { try await world.redeem(token, app) } != nil)
    }
    #expect(await world.refusal(token) == nil, "an app ends nobody's own token")
    #expect(try await world.issuer.foresee(token) == nil)
    let tokens = try await world.tokens(world.app)
    let id = try #require(UnverifiedToken(token)).claim
    let refreshToken = try #require(tokens.refreshToken)
    #expect(await world.refusal(refreshToken) == .invalid, "a refresh token opens nothing")
    // What its row would derive as another kind of token.
    let row = try #require(try await world.database.read { try Standing.of(id.grantID, $0) }).grant
    let asAccess = try row.accessToken(world.ring, until: id.moment)
    #expect(await world.refusal(asAccess) == .invalid)
    let refresh = TokenRequest(.refreshToken(try row.refreshToken(world.ring), scope: nil, notAfter: nil))
    for app in [world.app, world.publicApp] {
      #expect(await world.error { try await world.issuer.token(refresh, client: app.presented) }?.code == .invalidGrant)
    }
  }

  @Test("P24 P35: a service key works while its maker owns the tenant, and others for as long as they are members")
  func standing() async throws {
    let world = try await IssuerWorld()
    await #expect(throws: IssuerRefusal.self) { try await world.make("key", .service) }
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    let key = try await world.make("key", .service), mine = try await world.make("mine")
    try await world.issuer.setOwner(false, email: world.user.email, tenant: world.tenant.name)
    #expect(await world.refusal(key) == .invalid)
    #expect(await world.refusal(mine) == nil)
    #expect(try await world.own().first { $0.kind == .service }?.grant.suspension != nil)
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    #expect(await world.refusal(key) == nil)
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    await #expect(throws: IssuerRefusal.self) { try await world.make("elsewhere", tenant: second.id) }

    try await world.issuer.setDisabled(true, .client(id: OwnTokenKind.personal.clientID))
    #expect(await world.refusal(mine) == .invalid)
    #expect(await world.refusal(key) == nil)
    try await world.issuer.setDisabled(false, .client(id: OwnTokenKind.personal.clientID))
    try await world.issuer.removeMember(email: world.user.email, tenant: world.tenant.name)
    for token in [key, mine] { #expect(await world.refusal(token) == .invalid) }
    try await world.issuer.addMember(email: world.user.email, tenant: world.tenant.name)
    #expect(await world.refusal(mine) == nil)
    #expect(await world.refusal(key) == .invalid, "a member who is back is no owner")
  }

  @Test("P28 P29: a token of one's own is its maker's alone to see, rotate, rename and end")
  func ending() async throws {
    let folder = try TemporaryFolder()
    let log = try RevocationLog.file(path: folder.file("revocations"))
    let world = try await IssuerWorld(log: log)
    let ann = try await world.signIn(), bob = try await world.member("bob")
    let token = try await world.make("nightly", by: ann), kept = try await world.make("kept", by: ann)
    let own = try #require(try await world.own().first { $0.grant.clientName == "nightly" })
    #expect(try await world.issuer.ownTokens(of: bob).isEmpty)
    let id = own.grant.grantID
    #expect(try await world.rotate(own, by: bob) == nil)
    #expect(try await !world.issuer.renameOwnToken(id, to: "bob's", csrf: bob.csrf.exposed, by: bob))
    #expect(try await !world.issuer.renameOwnToken(id, to: "bob's", csrf: bob.csrf.exposed, by: ann))
    #expect(try await !world.issuer.revokeApproval(id, by: bob, csrf: bob.csrf.exposed))
    #expect(try await world.issuer.activity(of: id, CallFilter(), for: bob) == nil)
    #expect(try await world.issuer.renameOwnToken(id, to: "daily", csrf: ann.csrf.exposed, by: ann))
    let next = try #require(try await world.rotate(own, overlap: .days(1), by: ann))
    #expect(try await world.issuer.revokeApproval(id, by: ann, csrf: ann.csrf.exposed))
    for ended in [token, next] { #expect(await world.refusal(ended) == .invalid) }
    #expect(await world.refusal(kept) == nil)
    #expect(try await world.rotate(own, by: ann) == nil)
    #expect(try log.entries().last?.0.text == id)
    #expect(try await world.own().first { $0.grant.endedAt != nil }?.grant.clientName == "daily")
  }

  @Test("P35: whoever holds a token of their own learns why it opens nothing, and who has made one up learns nothing")
  func reasons() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let first = try await world.make("nightly", by: ann)
    let own = try #require(try await world.own().first)
    let second = try #require(try await world.rotate(own, by: ann))
    let rotatedAt = world.time.now
    world.time.advance(by: .seconds(1))
    #expect(await world.end(first) == .rotated(rotatedAt))
    #expect(await world.end(second) == nil)

    try await world.issuer.setDisabled(true, .client(id: OwnTokenKind.personal.clientID))
    #expect(await world.end(second) == .suspended("The operator switched such tokens off on this server."))
    try await world.issuer.setDisabled(false, .client(id: OwnTokenKind.personal.clientID))

    let brief = try await world.make("brief", lifetime: .days(1), by: ann), end = world.time.now + .days(1)
    world.time.advance(by: .days(1))
    #expect(await world.end(brief) == .expired(end))

    let id = try #require(try await world.own().first { $0.grant.clientName == "nightly" }).grant.grantID
    let later = try await world.signIn()
    #expect(try await world.issuer.revokeApproval(id, by: later, csrf: later.csrf.exposed))
    #expect(await world.end(second) == .ended(world.time.now))

    // The same claim under a code that nobody has given out, and a text that lost its last letter.
    var bytes = try #require(Credential.personalToken.bytes(of: second.exposed))
    bytes[bytes.count - 1] ^= 1
    await #expect(throws: AccessRefusal.invalid) {
      try await world.issuer.authenticate(Credential.personalToken.spell(bytes))
    }
    await #expect(throws: AccessRefusal.garbled) {
      try await world.issuer.authenticate(Secret(String(second.exposed.dropLast())))
    }
  }

  @Test(
    "P35: tokens that a person makes by hand are an approval like any other, of an app of their own and of no other")
  func pairs() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn(), bob = try await world.member("bob")
    let mine = try await world.issuer.registerClient(
      .init(name: "Ann's own", redirectURIs: [IssuerWorld.callback], owner: world.user.email))
    let app = IssuerWorld.App(id: mine.clientID, secret: mine.secret, redirectURI: IssuerWorld.callback)
    #expect(try await world.issuer.tokenChoices(for: ann).apps.map(\.name) == ["Ann's own"])
    #expect(try await world.issuer.tokenChoices(for: bob).apps.isEmpty)
    func pair(_ client: String, by session: Session) async throws -> TokenResponse? {
      let draft = world.issuer.draftToken(for: session)
      return try await world.issuer.makeTokenPair(
        forClient: client, tenant: world.tenant.id, scopes: ["full"], draft: draft.id, csrf: draft.csrf.exposed,
        by: session)
    }
    for (client, session) in [
      (mine.clientID, bob), (world.app.id, ann), (OwnTokenKind.personal.clientID, ann), ("x", ann),
    ] {
      await #expect(throws: IssuerRefusal.self) { try await pair(client, by: session) }
    }
    let tokens = try #require(try await pair(mine.clientID, by: ann))
    #expect(await world.refusal(tokens) == nil)
    let next = try await world.refresh(tokens, app)
    #expect(await world.error { try await world.refresh(next, world.app) }?.code == .invalidGrant)
    #expect(await world.refusal(next) == nil)
    let approvals = try await world.issuer.approvals(of: ann)
    #expect(approvals.map(\.clientName) == ["Ann's own"])
    #expect(try await world.issuer.revokeApproval(approvals[0].grantID, by: ann, csrf: ann.csrf.exposed))
    #expect(await world.refusal(next) == .invalid)
    #expect(await world.error { try await world.refresh(next, app) }?.code == .invalidGrant)
  }
}

extension IssuerWorld {
  @discardableResult
  func make(
    _ name: String, _ kind: OwnTokenKind = .personal, tenant: Int64? = nil, scopes: [String] = ["full"],
    lifetime: Duration = .days(90), by session: Session? = nil
  ) async throws -> Secret {
    let session = if let session { session } else { try await signIn() }
    let draft = issuer.draftToken(for: session)
    let new = NewOwnToken(
      kind: kind, name: name, tenantID: tenant ?? self.tenant.id, scopes: scopes, lifetime: lifetime)
    return try #require(
      try await issuer.makeOwnToken(new, draft: draft.id, csrf: draft.csrf.exposed, by: session))
  }

  @discardableResult
  fileprivate func rotate(
    _ own: OwnToken, overlap: Duration = .zero, lifetime: Duration = .days(90), by session: Session? = nil
  ) async throws -> Secret? {
    let session = if let session { session } else { try await signIn() }
    return try await issuer.rotateOwnToken(
      own.grant.grantID, from: own.generation, overlap: overlap, lifetime: lifetime, csrf: session.csrf.exposed,
      by: session)
  }

  /// Ann's own tokens.
  fileprivate func own() async throws -> [OwnToken] { try await issuer.ownTokens(of: try await signIn()) }

  func member(_ name: String) async throws -> Session {
    let email = "\(name)@acme.example"
    _ = try await issuer.addUser(email: email, name: name, password: Self.password, tenants: [tenant.name])
    return try await signIn(email)
  }

  /// Why a token is refused; of one's own, what the API's word for it is.
  fileprivate func refusal(_ token: Secret) async -> AccessRefusal? {
    do {
      _ = try await issuer.authenticate(token)
      return nil
    } catch {
      guard case .own(let fault) = error else { return error }
      return fault.isExpired ? .expired : .invalid
    }
  }

  /// What whoever holds a token of their own is told of its end; nil where it works, or where nobody is told.
  fileprivate func end(_ token: Secret) async -> OwnTokenFault.Reason? {
    do {
      _ = try await issuer.authenticate(token)
      return nil
    } catch {
      guard case .own(let fault) = error else { return nil }
      return fault.reason
    }
  }
}
