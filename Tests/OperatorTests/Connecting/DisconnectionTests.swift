import KeeperKit
import Testing

@testable import Keeper
@testable import Operator

/// What is told of a connection that the operator has given up.
struct DisconnectionTests {
  @Test("a connection that was disconnected says so, whatever was the matter with it before", arguments: [false, true])
  func reason(wasRefused: Bool) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    if wasRefused {
      world.provider.next(.refusal)
      _ = await world.refresher().refresh("shop", .due())
      #expect(try await world.row().state == .needsApproval)
    }
    _ = try await world.store().forget("shop")
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == .disconnected && status.trouble == "disconnected by the operator")
    guard case .failure(.needsApproval(let words)) = await world.refresher().refresh("shop", .due()) else {
      throw KeeperError.refused("served without a grant")
    }
    #expect(words.contains("disconnected by the operator"))
  }
}
