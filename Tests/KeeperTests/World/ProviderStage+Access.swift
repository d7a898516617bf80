import KeeperKit
import Testing

@testable import Keeper
@testable import Wire

extension ProviderStage {
  /// Lets time pass until the stored access token is over.
  func outliveAccessToken() async throws {
    let until: Timestamp = try #require(try await world.row().access?.until)
    world.time.advance(by: until - world.time.now + .seconds(1))
  }

  func expectUnchanged() async throws {
    let row = try await world.row()
    #expect(row.state == .active && row.generation == 1)
    #expect(try await world.storedRefreshToken() == first.refresh?.exposed)
    #expect(try await world.storedAccessToken() == first.access.exposed)
  }
}
