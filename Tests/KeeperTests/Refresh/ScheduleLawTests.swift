import KeeperKit
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// K16, K17, K20: when tokens are refreshed, how long they live, and what a failure costs the callers.
struct ScheduleLawTests {
  @Test(
    "K16: a refresh is due between 75 and 80 % of the lifetime, and not around the top of an hour", arguments: 0..<200)
  func due(_ seed: Int) {
    let from = Timestamp(seconds: 1_795_449_600 + Int64(seed) * 977)
    let until = from + .hours(24)
    let due = RefreshPolicy.due("shop-\(seed)", from: from, until: until)
    let share = Double((due - from).milliseconds) / Double((until - from).milliseconds)
    #expect((0.74...0.8).contains(share))
    let minute = due.milliseconds / 60_000 % 60
    #expect((5..<55).contains(minute), "minute \(minute) is in the rush of the full hour")
    #expect(due == RefreshPolicy.due("shop-\(seed)", from: from, until: until), "drawn from a seed, not from chance")
  }

  @Test("K16: what lives for two hours at most is refreshed in its last quarter even around the top of an hour")
  func shortLife() {
    // Three quarters of two hours later it is a few minutes to the full hour.
    let from = Timestamp(seconds: 1_795_449_600) + .minutes(27)
    for name in (0..<50).map({ "shop-\($0)" }) {
      let short = RefreshPolicy.due(name, from: from, until: from + .hours(2))
      #expect(short >= from + .minutes(90) && short <= from + .minutes(96), "\(name)")
      let longer = RefreshPolicy.due(name, from: from, until: from + .hours(2) + .milliseconds(1))
      #expect(longer < from + .minutes(88), "\(name)")
    }
  }

  @Test("K16: connections approved together are not refreshed together")
  func jitter() {
    let from = Timestamp(seconds: 1_795_449_600)
    let moments = Set((0..<100).map { RefreshPolicy.due("shop-\($0)", from: from, until: from + .hours(24)) })
    #expect(moments.count > 90)
  }

  @Test("K16: a running keeper refreshes ahead of time with nobody asking")
  func background() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper(clock: world.time.clock)
    let start = world.time.now
    try await world.running(keeper) {
      while world.provider.requests.isEmpty, world.time.now - start < .hours(24) {
        await Task.yield()
        if let wait = world.time.untilNextDeadline { world.time.advance(by: max(wait, .seconds(30))) }
      }
      let age = world.time.now - start
      #expect(world.provider.presented == ["r1"])
      #expect(age >= .hours(17) && age <= .hours(20))
    }
  }

  @Test("K17: the lifetime counts from when the request was sent")
  func lifetimeFromSending() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let sentAt = world.time.now
    world.provider.next { [time = world.time] _ in
      time.advance(by: .seconds(50))
      return .tokens(access: "a2", refresh: "r2", lifetime: 3600)
    }
    _ = await world.refresher().refresh("shop", .due())
    let access = try #require(try await world.row().access)
    #expect(access.from == sentAt)
    #expect(access.until == sentAt + .seconds(3600))
  }

  @Test("K17: a missing lifetime is the entry's default, never for ever")
  func defaultLifetime() async throws {
    let world = try await KeeperWorld { $0.defaultLifetimeSeconds = 1234 }
    try await world.connect()
    world.provider.next(.tokens(access: "a2", refresh: "r2", lifetime: nil))
    _ = await world.refresher().refresh("shop", .due())
    let access = try #require(try await world.row().access)
    #expect(access.until - access.from == .seconds(1234))
  }

  @Test("K17: a provider's clock that differs from ours is seen")
  func skew() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(
      .body(200, #"{"access_token":"a2","refresh_token":"r2","expires_in":60}"#, date: "Mon, 23 Nov 2026 18:00:00 GMT"))
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await world.row().clockSkew > .minutes(90))
    #expect(try await world.keeper().desk.status("shop").trouble?.contains("clock") == true)
  }

  @Test("K17: a refresh counts until a moment of the provider's clock, however ours is set meanwhile")
  func notAfterByTheirClock() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.stepWall(by: .zero - .hours(3))
    world.provider.next(.body(503, #"{"error":"temporarily_unavailable"}"#, date: "Mon, 23 Nov 2026 16:00:10 GMT"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .minutes(1))
    world.time.stepWall(by: .hours(5))
    _ = await world.refresher().refresh("shop", .due())
    let named = try #require(world.provider.requests.last?.fields["not_after"].flatMap(Int64.init))
    let theirs = Timestamp(seconds: 1_795_449_600) + .seconds(70) + RefreshPolicy.deadline
    #expect(abs(named - theirs.milliseconds / 1000) <= 5, "\(named)")
  }

  @Test("K19: a pause that is asked for by date ends by the clock of the answer that asks")
  func pauseByTheirClock() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.stepWall(by: .zero - .hours(3))
    world.provider.next(
      .body(429, "", retryAfter: "Mon, 23 Nov 2026 16:02:00 GMT", date: "Mon, 23 Nov 2026 16:00:00 GMT"))
    _ = await world.refresher().refresh("shop", .due())
    let row = try await world.row()
    #expect(try #require(row.retryAt) - world.time.now <= .minutes(2))
  }

  @Test("K17: a wall clock that was set back makes a token due, not immortal")
  func clockStepsBack() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper(clock: world.time.clock)
    world.time.stepWall(by: .zero - .days(30))
    try await world.running(keeper) { await world.until { !world.provider.requests.isEmpty } }
    #expect(world.provider.presented == ["r1"])
  }

  @Test(
    "K20: a failing token endpoint fails no call whose token lives",
    arguments: [
      TokenEndpointAnswer.notSent("down"), .noAnswer("late"), .body(500, ""), .body(200, "<html>"), .body(429, ""),
      .body(503, #"{"error":"temporarily_unavailable"}"#), .body(401, #"{"error":"invalid_client"}"#),
    ])
  func servesWhileValid(_ answer: TokenEndpointAnswer) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.advance(by: .hours(20))
    world.provider.next(answer)
    #expect(await world.refresher().refresh("shop", .due()).text == "a1")
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == "trouble" && status.trouble != nil && status.nextStep != nil)
  }

  @Test("K20: with the store down calls go on from memory for five minutes, and then stop")
  func storeDown() async throws {
    let broken = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: broken)
    try await world.connect()
    let keeper = world.keeper()
    try await keeper.start()
    broken.breaks = { true }
    #expect(keeper.freshToken(for: "shop") != nil)
    world.time.advance(by: .seconds(299))
    #expect(keeper.freshToken(for: "shop") != nil)
    world.time.advance(by: .seconds(2))
    #expect(keeper.freshToken(for: "shop") == nil)
    let answer = await withCheckedContinuation { continuation in
      keeper.token(for: "shop", replacing: nil) { continuation.resume(returning: $0) }
    }
    guard case .failure(.temporarily) = answer else { throw KeeperError.refused("served without a store") }
  }

  @Test("K20: an answer that the store does not take is kept and tried again, and serves nobody before")
  func storeFailsAtLanding() async throws {
    let broken = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: broken)
    try await world.connect()
    let failures = Mutex(0)
    world.provider.next { _ in
      broken.breaks = {
        failures.withLock {
          $0 += 1; return $0 <= 5
        }
      }
      return .tokens(access: "a2", refresh: "r2")
    }
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    #expect(failures.withLock { $0 } > 5)
    #expect(try await world.storedRefreshToken() == "r2")
  }
}
