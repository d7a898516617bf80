import KeeperKit
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// K18: a grant that nobody uses is kept alive, and the day on which a person would be needed is known in advance.
struct IdleLawTests {
  @Test("K18: a connection that nobody calls is kept alive for months, each refresh with the newest token")
  func idle() async throws {
    let world = try await KeeperWorld(tolerant: false) { $0.refreshWindowDays = 45 }
    try await world.connect()
    let keap = StrictKeap(world.time)
    keap.answerFor(world.provider)
    let keeper = world.keeper(clock: world.time.clock)
    try await world.running(keeper) { await world.pass(hours: 24 * 120, over: keeper) }
    #expect(keap.isAlive)
    // At 75 to 80 % of a day's lifetime, for 120 days.
    #expect((140...165).contains(keap.rotations), "\(keap.rotations) rotations")
    let status = try await keeper.desk.status("shop")
    #expect(status.state == "ok")
    #expect(try #require(status.personNeededBy) > (world.time.now + .days(43)).milliseconds)
  }

  @Test("K18: the forecast is the entry's window from the last refresh, or what the provider says")
  func forecast() async throws {
    let world = try await KeeperWorld { $0.refreshWindowDays = 45 }
    try await world.connect()
    let approvedAt = world.time.now
    let keeper = world.keeper()
    #expect(try await keeper.desk.status("shop").personNeededBy == (approvedAt + .days(45)).milliseconds)
    world.time.advance(by: .days(10))
    world.provider.next(.notSent("down"))
    _ = await world.refresher().refresh("shop", .due())
    #expect(
      try await keeper.desk.status("shop").personNeededBy == (approvedAt + .days(45)).milliseconds,
      "a refresh that failed moves nothing")
    world.time.advance(by: .minutes(1))
    let sentAt = world.time.now
    world.provider.next(
      .body(200, #"{"access_token":"a2","refresh_token":"r2","expires_in":60,"refresh_token_expires_in":864000}"#))
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await keeper.desk.status("shop").personNeededBy == (sentAt + .days(10)).milliseconds)
    world.provider.next(.refusal)
    world.time.advance(by: .minutes(5))
    _ = await world.refresher().refresh("shop", .due(2))
    #expect(
      try await keeper.desk.status("shop").personNeededBy == world.time.now.milliseconds, "a person is needed already")
  }
}
