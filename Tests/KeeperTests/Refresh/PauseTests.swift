import KeeperKit
import Testing

@testable import Keeper
@testable import Wire

/// How long nothing is sent after a failure.
struct PauseTests {
  @Test("K17, K19: a pause lasts from its beginning on, and is over where the wall clock was set back behind that")
  func setBack() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.body(429, "", retryAfter: "3600"))
    for pause in [Duration.zero, .zero, .minutes(30)] {
      world.time.advance(by: pause)
      _ = await world.refresher().refresh("shop", .due())
    }
    #expect(world.provider.presented == ["r1"])
    world.time.stepWall(by: .zero - .days(30))
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.presented == ["r1", "r1"])
    #expect(try await world.row().generation == 2)
  }
}
