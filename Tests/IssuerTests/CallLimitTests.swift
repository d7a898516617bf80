import OAuth
import Testing
import Wire

@testable import Issuer

@Suite struct CallLimitTests {
  @Test("limits are read as they are written, and nothing else is")
  func reading() {
    #expect(CallLimits("25/s,1500/min,150000/day") == .keapApp)
    #expect(CallLimits("10000/min,250000/day") == .keapTenant)
    #expect(CallLimits("none") == CallLimits.none)
    for text in ["", "25", "25/h", "0/s", "-1/s", "1/s,2/s", "1/s,", "1/s 2/min", "none,1/s"] {
      #expect(CallLimits(text) == nil, "\(text)")
    }
  }

  /// An app that calls, as Keap's rules have it unless told otherwise.
  private func caller(
    app limits: CallLimits? = nil, tenant: CallLimits? = nil, dialect: Dialect = .keap
  ) async throws -> (IssuerWorld, Caller) {
    var settings = IssuerSettings.test
    settings.appLimits = limits
    settings.tenantLimits = tenant
    let world = try await IssuerWorld(settings: settings)
    try await world.issuer.setDialect(dialect, ofClient: world.app.id)
    return (world, try await world.issuer.authenticate(try await world.tokens(world.app).accessToken))
  }

  @Test("an app has so many calls a second, a minute and a day, and each window begins anew by the clock")
  func windows() async throws {
    let (world, caller) = try await caller(app: CallLimits([.second: 2, .minute: 5, .day: 12]))
    func call() -> CallLimits.Span? { world.issuer.meter(caller).refusal?.span }
    #expect([call(), call(), call()] == [nil, nil, .second])
    world.time.advance(by: .seconds(1))
    #expect([call(), call(), call()] == [nil, nil, .second])
    world.time.advance(by: .seconds(1))
    #expect([call(), call()] == [nil, .minute])
    world.time.advance(by: .seconds(58))
    for _ in 0..<2 {
      #expect([call(), call()] == [nil, nil])
      world.time.advance(by: .seconds(1))
    }
    world.time.advance(by: .minutes(1))
    #expect([call(), call()] == [nil, nil])
    world.time.advance(by: .seconds(1))
    #expect([call(), call()] == [nil, .day], "calls that were refused count for nothing")
  }

  @Test("the day begins anew at midnight UTC, and what is left is told to the millisecond")
  func midnight() async throws {
    let (world, caller) = try await caller(app: CallLimits([.day: 1]))
    // The world begins at 16:00 UTC.
    #expect(world.issuer.meter(caller).refusal == nil)
    world.time.advance(by: .hours(8) - .milliseconds(1))
    let last = world.issuer.meter(caller)
    #expect(last.refusal == MeteredCall.Refusal(span: .day, limit: 1, seconds: 1))
    #expect(last.app.dayEndsAt == world.time.now + .milliseconds(1))
    world.time.advance(by: .milliseconds(1))
    let first = world.issuer.meter(caller)
    #expect(first.refusal == nil && first.app.used(.day) == 1 && first.app.available(.day) == 0)
  }

  @Test("a clock that is set back gives no calls again")
  func setBack() async throws {
    let (world, caller) = try await caller(app: CallLimits([.day: 1]))
    #expect(world.issuer.meter(caller).refusal == nil)
    world.time.stepWall(by: .zero - .days(1))
    #expect(world.issuer.meter(caller).refusal?.span == .day)
  }

  @Test("a clock that was far ahead and is set right has nobody wait until it has caught up")
  func setRight() async throws {
    let (world, caller) = try await caller(app: CallLimits([.second: 2, .minute: 5]))
    world.time.stepWall(by: .hours(1))
    for _ in 0..<3 { _ = world.issuer.meter(caller) }
    world.time.setWallRight()
    #expect(world.issuer.meter(caller).refusal == nil)
  }

  @Test("each person's own tokens have calls of their own, as many as Keap gives a token")
  func ownTokens() async throws {
    let (world, app) = try await caller()
    let bob = try await world.member("bob")
    try await world.issuer.setDialect(.keap, ofClient: OwnTokenKind.personal.clientID)
    let ann = try await world.issuer.authenticate(try await world.make("nightly"))
    let bobs = try await world.issuer.authenticate(try await world.make("his", by: bob))
    let anns = try await world.issuer.authenticate(try await world.make("other"))
    #expect((0..<12).count { _ in world.issuer.meter(anns).refusal != nil } == 2)
    #expect(world.issuer.meter(bobs).refusal == nil && world.issuer.meter(app).refusal == nil)
    #expect(world.issuer.meter(ann).app.used(.second) == 10, "two tokens of one person share them")
  }

  @Test("Keap's limits count where its rules do, and nowhere else unless they are set", arguments: Dialect.allCases)
  func whose(_ dialect: Dialect) async throws {
    let (world, caller) = try await caller(dialect: dialect)
    let refused = (0..<30).count { _ in world.issuer.meter(caller).refusal != nil }
    #expect(refused == (dialect == .keap ? 5 : 0))
    let (other, again) = try await self.caller(app: CallLimits([.second: 1]), dialect: dialect)
    #expect((0..<3).count { _ in other.issuer.meter(again).refusal != nil } == 2)
    let (open, free) = try await self.caller(app: CallLimits.none, tenant: CallLimits.none, dialect: dialect)
    #expect((0..<30).count { _ in open.issuer.meter(free).refusal != nil } == 0)
  }

  @Test("all apps of a tenant share its calls, and another tenant has its own")
  func tenants() async throws {
    let (world, first) = try await caller(tenant: CallLimits([.minute: 3]))
    let second = try await world.issuer.authenticate(try await world.tokens(world.publicApp).accessToken)
    #expect(world.issuer.meter(first).refusal == nil)
    #expect(world.issuer.meter(second).refusal == nil)
    #expect(world.issuer.meter(first).refusal == nil)
    #expect(world.issuer.meter(second).refusal?.span == .minute)
    let other = try await world.issuer.addTenant(name: "Other")
    try await world.issuer.addMember(email: world.user.email, tenant: other.name)
    let third = try await world.issuer.authenticate(
      try await world.tokens(world.publicApp, tenant: other.id).accessToken)
    #expect(world.issuer.meter(third).refusal == nil)
  }

  @Test("those who have not called today are not kept")
  func bound() {
    let meter = CallMeter(), noon = Timestamp(seconds: 1_795_435_200)
    for number in 0..<100 { _ = meter.take(client: "c\(number)", tenant: 1, (.none, .none), at: noon) }
    #expect(meter.size == 101)
    _ = meter.take(client: "c0", tenant: 1, (.none, .none), at: noon + .days(1))
    #expect(meter.size == 2)
  }
}
