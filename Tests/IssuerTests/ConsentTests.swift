import OAuth
import Testing
import Wire

@testable import Issuer

@Suite struct ConsentTests {
  @Test("P9: a consent page is answered only by its user, in its session, with its own token, once and in time")
  func consentIsBound() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addUser(email: "bob@acme.example", name: "Bob", password: IssuerWorld.password)
    try await world.issuer.addMember(email: "bob@acme.example", tenant: world.tenant.name)
    let (ann, annElsewhere, bob) = (
      try await world.signIn(), try await world.signIn(), try await world.signIn("bob@acme.example")
    )
    let consent = try await world.consent(world.app, ann)
    let other = try await world.consent(world.app, ann)
    for (session, csrf) in [
      (ann, ann.csrf), (ann, other.csrf), (ann, Secret("")), (annElsewhere, consent.csrf),
      (annElsewhere, annElsewhere.csrf(for: consent.approvalID)), (bob, consent.csrf),
      (bob, bob.csrf(for: consent.approvalID)),
    ] {
      let outcome = try await world.issuer.decide(
        approvalID: consent.approvalID, csrf: csrf.exposed, decision: .approve(tenantID: nil), session: session,
        address: "x")
      #expect(isStale(outcome))
    }
    guard case .redirect = try await world.decide(consent, .approve(tenantID: nil), ann) else {
      Issue.record("the right person was refused")
      return
    }
    #expect(isStale(try await world.decide(consent, .approve(tenantID: nil), ann)))
    world.time.advance(by: .minutes(10))
    #expect(isStale(try await world.decide(other, .approve(tenantID: nil), ann)))
  }

  @Test("P9: a consent page dies with the sign-in that it was shown to")
  func consentDiesWithSession() async throws {
    let world = try await IssuerWorld()
    let cookie = try await world.issuer.signIn(email: world.user.email, password: IssuerWorld.password, address: "x")
    let session = try #require(try await world.issuer.session(cookie))
    let consent = try await world.consent(world.app, session)
    try await world.issuer.signOut(cookie)
    #expect(isStale(try await world.decide(consent, .approve(tenantID: nil), session)))
    #expect(try await world.issuer.session(cookie) == nil)
  }

  @Test("P9: a consent page ends with its own sign-in, though its user is signed in elsewhere")
  func consentEndsWithItsOwnSession() async throws {
    let world = try await IssuerWorld()
    let lifetime = world.issuer.settings.sessionLifetime
    let ending = try await world.signIn()
    world.time.advance(by: lifetime - .minutes(5))
    let cookie = try await world.issuer.signIn(email: world.user.email, password: IssuerWorld.password, address: "x")
    let signedOut = try #require(try await world.issuer.session(cookie))
    let elsewhere = try await world.signIn()
    let inTime = try await world.consent(world.app, ending)
    let late = try await world.consent(world.app, ending)
    world.time.advance(by: .minutes(5) - .milliseconds(1))
    #expect(try await !isStale(world.decide(inTime, .approve(tenantID: nil), ending)))
    world.time.advance(by: .milliseconds(1))
    #expect(isStale(try await world.decide(late, .approve(tenantID: nil), ending)))
    // An app's request that was read before the sign-out may open its page after it.
    try await world.issuer.signOut(cookie)
    let left = try await world.consent(world.app, signedOut)
    #expect(isStale(try await world.decide(left, .approve(tenantID: nil), signedOut)))
    let own = try await world.consent(world.app, elsewhere)
    #expect(try await !isStale(world.decide(own, .approve(tenantID: nil), elsewhere)))
  }

  @Test(
    "P10: consent shows app, host, tenant, plain words and how long; the person picks the tenant and the app cannot")
  func consentShowsAll() async throws {
    let world = try await IssuerWorld()
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    let foreign = try await world.issuer.addTenant(name: "Cellar Door")
    let session = try await world.signIn()
    let alone = try await world.consent(world.app, session)
    #expect(alone.tenants == [world.tenant])
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    var fields = world.request(world.app).fields
    fields.append("tenant", String(foreign.id))
    fields.append("tenant_id", String(second.id))
    guard case .consent(let consent) = try await world.issuer.authorize(fields, session: session) else {
      Issue.record("no consent page")
      return
    }
    #expect(consent.clientName == "Nightly sync")
    #expect(consent.clientHost == "shop.example")
    #expect(consent.user == world.user)
    #expect(consent.tenants == [world.tenant, second])
    #expect(consent.scopes == [.init(token: "full", plainWords: OfferedScope.full.plainWords)])
    #expect(consent.accessLifetime == .hours(24))
    #expect(consent.refreshWindow == .days(183))
    for tenant in [nil, foreign.id, 4711] {
      let page = try await world.consent(world.app, session)
      guard case .page(.noTenant) = try await world.decide(page, .approve(tenantID: tenant), session) else {
        Issue.record("a tenant that was not chosen got approved")
        continue
      }
    }
    let tokens = try await world.tokens(world.app, session: session, tenant: second.id)
    #expect(try await world.issuer.authenticate(tokens.accessToken).tenantID == second.id)
  }

  @Test("a person without a tenant is told so, and no question is left open")
  func noTenant() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addUser(email: "eve@nowhere.example", name: "Eve", password: IssuerWorld.password)
    let session = try await world.signIn("eve@nowhere.example")
    guard case .page = try await world.issuer.authorize(world.request(world.app).fields, session: session) else {
      Issue.record("asked for nothing")
      return
    }
    let waiting = try await world.database.read { db in
      try db.row("SELECT COUNT(*) AS count FROM approvals")?["count"] as Int64?
    }
    #expect(waiting == 0)
  }

  @Test("wrong passwords and unknown addresses are refused alike, and slow the next attempt down")
  func wrongPassword() async throws {
    let world = try await IssuerWorld()
    for email in ["ann@acme.example", "nobody@acme.example"] {
      for _ in 0..<SignInThrottle.ofName.free {
        await #expect(throws: SignInRefusal.wrongCredentials) {
          try await world.issuer.signIn(email: email, password: Secret("wrong horse"), address: "192.0.2.1")
        }
      }
      await #expect(throws: SignInRefusal.tooManyAttempts(retryAfter: 2)) {
        try await world.issuer.signIn(email: email, password: IssuerWorld.password, address: "192.0.2.1")
      }
    }
    _ = try await world.issuer.signIn(
      email: " Ann@ACME.example ", password: IssuerWorld.password, address: "198.51.100.7")
    world.time.advance(by: .seconds(2))
    _ = try await world.signIn()
  }

  private func isStale(_ outcome: DecideOutcome) -> Bool {
    if case .page(.stale) = outcome { true } else { false }
  }
}

private func ~= (pattern: ErrorPage, value: ErrorPage) -> Bool { pattern == value }
