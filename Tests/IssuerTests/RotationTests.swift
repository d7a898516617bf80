import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct RotationTests {
  @Test("P15: another client's attempt with a refresh token is refused and changes nothing")
  func refreshTokenBelongsToClient() async throws {
    let world = try await IssuerWorld()
    let other = try await IssuerWorld.register(world.issuer, "Other")
    let tokens = try await world.tokens(world.app)
    for app in [other, world.publicApp] {
      #expect(await world.error { try await world.refresh(tokens, app) }?.code == .invalidGrant)
    }
    #expect(try await generations(world, world.app) == [1])
    let next = try await world.refresh(tokens, world.app)
    world.time.advance(by: .minutes(10))
    #expect(await world.error { try await world.refresh(tokens, other) }?.code == .invalidGrant)
    #expect(await world.error { try await world.refresh(next, world.app) } == nil)
    #expect(try await world.issuer.events(of: world.signIn()).map(\.kind) == ["approved"])
  }

  @Test("P15: a confidential client must prove itself, by raw or form-encoded Basic or in the body")
  func clientMustAuthenticate() async throws {
    let world = try await IssuerWorld()
    let secret = try #require(world.app.secret)
    let tokens = try await world.tokens(world.app)
    let request = TokenRequest(.refreshToken(try #require(tokens.refreshToken), scope: nil, notAfter: nil))
    for method in [
      ClientAuthentication.basicRaw(clientID: world.app.id, secret: secret),
      .basic(clientID: world.app.id, secret: secret),
      .body(clientID: world.app.id, secret: secret),
    ] {
      var fields = request.fields
      let header = method.apply(to: &fields)
      let presented = try PresentedClient(authorization: header?.exposed, fields: fields)
      #expect(await world.error { try await world.issuer.token(request, client: presented) } == nil)
    }
    for secrets in [[], [Secret("")], [Secret("evs_wrong")]] {
      let presented = PresentedClient(clientID: world.app.id, secrets: secrets)
      #expect(await world.error { try await world.issuer.token(request, client: presented) }?.code == .invalidClient)
    }
    let nobody = PresentedClient(clientID: "nobody", secrets: [secret])
    #expect(await world.error { try await world.issuer.token(request, client: nobody) }?.code == .invalidClient)
  }

  @Test("P16: a refresh never widens the scope")
  func scopeNeverWidens() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    for scope in ["full|acme-shop.evergrant.test", "full"] {
      #expect(await world.error { try await world.refresh(tokens, world.app, scope: Scope(parsing: scope)) } == nil)
    }
    for scope in ["full admin", "full|other.evergrant.test"] {
      #expect(
        await world.error { try await world.refresh(tokens, world.app, scope: Scope(parsing: scope)) }?.code
          == .invalidScope)
    }
  }

  @Test("P17: a lost answer is given again, the same, until its successor is used, however late and after a restart")
  func lostAnswer() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    for pause in [Duration.zero, .milliseconds(1), .seconds(1), .minutes(4), .days(30), .days(100)] {
      world.time.advance(by: pause)
      let again = try await world.restarted().refresh(first, world.app)
      #expect(again.refreshToken == second.refreshToken)
      #expect(try world.generation(again) == 2)
      #expect(try #require(UnverifiedToken(again.accessToken)).claim.moment == world.time.now + .hours(24))
    }
    #expect(try await generations(world, world.app) == [2])
  }

  @Test(
    "P17: the first use of the successor, access or refresh, confirms it; 180 s later its predecessor is spent",
    arguments: [true, false])
  func confirmation(byAccess: Bool) async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    world.time.advance(by: .hours(1))
    // Neither the predecessor's access token nor a retry says that the successor arrived.
    #expect(await world.refusal(first) == nil)
    world.time.advance(by: .hours(1))
    if byAccess {
      #expect(await world.refusal(second) == nil)
      world.time.advance(by: .seconds(180))
      #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
      world.time.advance(by: .milliseconds(1))
      #expect(await world.error { try await world.refresh(first, world.app) }?.code == .invalidGrant)
      #expect(await world.error { try await world.refresh(second, world.app) } == nil)
    } else {
      let third = try await world.refresh(second, world.app)
      #expect(await world.error { try await world.refresh(first, world.app) }?.code == .invalidGrant)
      #expect(try await world.refresh(second, world.app).refreshToken == third.refreshToken)
    }
  }

  @Test("P17: the confirmation is on disk before the call is answered")
  func confirmationIsWritten() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("issuer.sqlite")
    let world = try await IssuerWorld(database: SQLite(path: path))
    let second = try await world.refresh(try await world.tokens(world.app), world.app)
    let reader = try SQLite(path: path)
    let unconfirmed = {
      try await reader.read { db in try db.rows("SELECT id FROM grants WHERE confirmed_at IS NULL").count }
    }
    #expect(try await unconfirmed() == 1)
    #expect(await world.refusal(second) == nil)
    #expect(try await unconfirmed() == 0)
  }

  @Test("P17: after the first minute more than one retry a second is told to slow down")
  func slowDown() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    for _ in 0..<50 { #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken) }
    world.time.advance(by: .milliseconds(60_001))
    #expect(await world.error { try await world.refresh(first, world.app) } == nil)
    let error = await world.error { try await world.refresh(first, world.app) }
    #expect(error?.code == .slowDown && error?.retryAfter == 1)
    #expect(error?.status == 429)
    world.time.advance(by: .seconds(1))
    #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
  }

  @Test("P17: a refresh that is read after its not_after does nothing")
  func notAfter() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let now = world.time.now.milliseconds / 1000
    world.time.advance(by: .milliseconds(1))
    for moment in [now, now - 60, 0, Int64.min] {
      let error = await world.error { try await world.refresh(tokens, world.app, notAfter: moment) }
      #expect(error?.code == .temporarilyUnavailable)
    }
    #expect(try await generations(world, world.app) == [1])
    #expect(await world.error { try await world.refresh(tokens, world.app, notAfter: now + 1) } == nil)
    #expect(await world.error { try await world.refresh(tokens, world.app, notAfter: .max) } == nil)
  }

  @Test("P18: many refreshes at once make one generation and give all the same successor", arguments: [false, true])
  func manyAtOnce(onFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let world = try await IssuerWorld(database: onFile ? SQLite(path: folder.file("issuer.sqlite")) : nil)
    for app in [world.app, world.publicApp] {
      let tokens = try await world.tokens(app)
      let answers = try await withThrowingTaskGroup(of: TokenResponse.self) { group in
        for _ in 0..<40 { group.addTask { try await world.refresh(tokens, app) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 40)
      #expect(Set(answers.map(\.refreshToken)).count == 1)
      #expect(try await generations(world, app) == [2])
      for answer in answers { #expect(await world.refusal(answer) == nil) }
    }
  }

  @Test("P19: a spent token that comes back ends a public client's grant, and its user is told")
  func reuseByPublicClient() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.publicApp)
    let second = try await world.refresh(first, world.publicApp)
    #expect(await world.refusal(second) == nil)
    world.time.advance(by: .milliseconds(180_001))
    #expect(await world.error { try await world.refresh(first, world.publicApp) }?.code == .invalidGrant)
    #expect(await world.refusal(second) == .invalid)
    #expect(await world.error { try await world.refresh(second, world.publicApp) }?.code == .invalidGrant)
    let session = try await world.signIn()
    #expect(try await world.issuer.events(of: session).first?.kind == "token_reused")
    let approval = try await world.issuer.approvals(of: session).first
    #expect(approval?.endedBy != nil && approval?.endedAt == world.time.now)
  }

  @Test("P19: an authenticated client's spent token is refused and noted, and its grant lives")
  func reuseByConfidentialClient() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    #expect(await world.refusal(second) == nil)
    world.time.advance(by: .milliseconds(180_001))
    for _ in 0..<5 { #expect(await world.error { try await world.refresh(first, world.app) }?.code == .invalidGrant) }
    #expect(await world.refusal(second) == nil)
    #expect(await world.error { try await world.refresh(second, world.app) } == nil)
    #expect(try await world.issuer.events(of: world.signIn()).map(\.kind) == ["token_reused", "approved"])
  }

  @Test("P20: two generations back never succeeds: without effect soon after a rotation, as a reuse later")
  func twoGenerationsBack() async throws {
    let world = try await IssuerWorld()
    for app in [world.app, world.publicApp] {
      let first = try await world.tokens(app)
      let second = try await world.refresh(first, app)
      let third = try await world.refresh(second, app)
      #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
      world.time.advance(by: .seconds(180))
      #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
      #expect(try await world.refresh(second, app).refreshToken == third.refreshToken)
      world.time.advance(by: .milliseconds(1))
      #expect(await world.error { try await world.refresh(first, app) }?.code == .invalidGrant)
      #expect((await world.refusal(third) == nil) == (app.id == world.app.id))
      let fourth = try? await world.refresh(third, app)
      #expect((fourth != nil) == (app.id == world.app.id))
    }
  }

  @Test("P20: two generations back is judged by the latest rotation, however late that was confirmed")
  func twoGenerationsBackByRotation() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.publicApp)
    let second = try await world.refresh(first, world.publicApp)
    let third = try await world.refresh(second, world.publicApp)
    world.time.advance(by: .seconds(170))
    #expect(await world.refusal(third) == nil, "confirmed")
    #expect(await world.error { try await world.refresh(first, world.publicApp) }?.code == .invalidGrant)
    #expect(await world.refusal(third) == nil, "without effect within 180 s of the rotation")
    world.time.advance(by: .seconds(20))
    #expect(try await world.refresh(second, world.publicApp).refreshToken == third.refreshToken)
    #expect(await world.error { try await world.refresh(first, world.publicApp) }?.code == .invalidGrant)
    #expect(await world.refusal(third) == .invalid, "a reuse later")
  }

  @Test("P21: a grant's time never runs back, over a clock that steps and a restart")
  func timeNeverRunsBack() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.publicApp)
    world.time.stepWall(by: .days(1))
    let second = try await world.refresh(first, world.publicApp)
    #expect(await world.refusal(second) == nil)
    let ahead = world.time.now
    world.time.stepWall(by: .days(-1))
    let later = try await world.restarted()
    #expect(await later.refusal(second) == nil)
    let third = try await later.refresh(second, world.publicApp)
    let moments = try [second, third].map { try #require($0.refreshToken.flatMap(UnverifiedToken.init)).claim.moment }
    #expect(moments == [ahead, ahead])
    #expect(try #require(UnverifiedToken(third.accessToken)).claim.moment == ahead + .hours(24))
    // Ages are late and never early: half a day of true time has not brought the predecessor's end.
    #expect(await later.refusal(third) == nil)
    world.time.advance(by: .hours(12))
    #expect(try await later.refresh(second, world.publicApp).refreshToken == third.refreshToken)
    #expect(await world.error { try await later.refresh(first, world.publicApp) }?.code == .invalidGrant)
    #expect(await later.refusal(third) == nil)
  }

  @Test("P21: an access token that has ended by its grant's time does not live again when the clock is set back")
  func endedStaysEnded() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    world.time.stepWall(by: .hours(30))
    // That the answer is given again is an act of its grant, at that moment.
    #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
    #expect(await world.refusal(second) == .expired)
    world.time.stepWall(by: .hours(-30))
    #expect(await world.refusal(second) == .expired)
  }

  @Test("P21: the laws of rotation hold within one millisecond")
  func sameMoment() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
    let third = try await world.refresh(second, world.app)
    #expect(try await world.refresh(second, world.app).refreshToken == third.refreshToken)
    #expect(await world.error { try await world.refresh(first, world.app) }?.code == .invalidGrant)
    #expect(Set([first, second, third].map(\.refreshToken)).count == 3)
    for tokens in [first, second, third] { #expect(await world.refusal(tokens) == nil) }
  }

  @Test("P22: calls in flight outlive a refresh by ten minutes from its confirmation, and die with the grant")
  func callsInFlight() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    world.time.advance(by: .hours(2))
    #expect(await world.refusal(first) == nil, "nobody has used the successor")
    #expect(await world.refusal(second) == nil)
    world.time.advance(by: .milliseconds(599_999))
    #expect(await world.refusal(first) == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.refusal(first) == .invalid)
    #expect(await world.refusal(second) == nil)
    let third = try await world.refresh(second, world.app)
    #expect(await world.refusal(third) == nil)
    #expect(await world.refusal(second) == nil)
    #expect(await world.refusal(first) == .invalid, "a later replacement revives nothing")
    try await world.issuer.revoke(RevocationRequest(token: third.accessToken), client: world.app.presented)
    for tokens in [second, third] { #expect(await world.refusal(tokens) == .invalid) }
  }

  @Test("P22: an access token ends at its own end, to the millisecond")
  func ownEnd() async throws {
    var settings = IssuerSettings.test
    settings.accessLifetime = .seconds(1)
    let world = try await IssuerWorld(settings: settings)
    let tokens = try await world.tokens(world.app)
    #expect(tokens.expiresIn == 1)
    world.time.advance(by: .milliseconds(999))
    #expect(await world.refusal(tokens) == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.refusal(tokens) == .expired)
  }

  @Test("P23: the refresh window counts from the last use, to the millisecond, and survives rotation")
  func refreshWindow() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    #expect(first.refreshTokenExpiresIn == 15_811_200)
    let left = try await world.tokens(world.app)
    world.time.advance(by: .days(183) - .milliseconds(1))
    let second = try await world.refresh(first, world.app)
    #expect(second.refreshTokenExpiresIn == 15_811_200)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.error { try await world.refresh(left, world.app) }?.code == .invalidGrant)
    world.time.advance(by: .days(183) - .milliseconds(2))
    #expect(await world.error { try await world.refresh(second, world.app) } == nil)
  }

  @Test("P17: a lost answer is given again while the clock is behind the row, where no pace can be measured")
  func lostAnswerWhileTimeStands() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    world.time.stepWall(by: .days(1))
    let second = try await world.refresh(first, world.app)
    world.time.advance(by: .minutes(2))
    _ = try await world.refresh(first, world.app)
    world.time.stepWall(by: .zero - .days(1))
    for _ in 0..<4 {
      world.time.advance(by: .milliseconds(1200))
      #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
    }
  }

  @Test("P23: a lapsed grant stays lapsed, however long its access token was to live")
  func lapsedStaysLapsed() async throws {
    let settings = IssuerSettings(
      issuer: IssuerWorld.origin, accessLifetime: .hours(1), refreshWindow: .seconds(3),
      codeLifetime: .seconds(60), passwordCost: IssuerSettings.test.passwordCost)
    let world = try await IssuerWorld(settings: settings)
    let tokens = try await world.tokens(world.app)
    world.time.advance(by: .hours(1))
    #expect(await world.error { try await world.refresh(tokens, world.app) }?.code == .invalidGrant)
    #expect(await world.refusal(tokens) == .expired)
  }

  @Test("a token that is ahead of its row tells of a restored database, and is nobody's fault")
  func aheadOfRow() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let id = try #require(GrantID(try world.grantID(tokens)))
    let second = try await world.refresh(tokens, world.app)
    try await world.database.write { db in try db.execute("UPDATE grants SET generation = 1 WHERE id = $1", id) }
    #expect(await world.error { try await world.refresh(second, world.app) }?.code == .temporarilyUnavailable)
    #expect(await world.refusal(second) == .unavailable(retryAfter: 5))
  }

  private func generations(_ world: IssuerWorld, _ app: IssuerWorld.App) async throws -> [Int64] {
    try await world.issuer.grants(ofClient: app.id).map(\.generation)
  }
}
