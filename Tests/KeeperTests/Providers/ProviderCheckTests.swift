import KeeperKit
import Store
import Testing

@testable import Keeper
@testable import Wire

/// K28: what a call that works proves of a restored backup depends on the provider.
struct ProviderCheckTests {
  /// The API answers every call, as it does for an access token that lives.
  private struct Open: Upstream {
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse { UpstreamResponse(status: 200, body: []) }
  }

  @Test(
    "K28: a call that works lifts a quarantine only where the provider ends older access tokens",
    arguments: [true, false])
  func check(_ endsAccessTokens: Bool) async throws {
    let world = try await KeeperWorld { $0.endsAccessTokens = endsAccessTokens }
    try await world.connect()
    guard case .mark(let mark) = try world.host.witness.read() else { throw KeeperError.refused("no witness") }
    try await world.host.witness.raise(to: WitnessMark(store: mark.store, landings: mark.landings + 1))
    let keeper = world.keeper(upstream: Open())
    try await keeper.start()
    #expect(try await world.row().quarantine != nil)
    world.time.advance(by: Connection.Quarantine.wait)
    let outcome = try await keeper.check("shop")
    if endsAccessTokens {
      #expect(outcome == .lifted(generation: 1))
    } else {
      guard case .undecided(let words) = outcome else { throw KeeperError.refused("\(outcome)") }
      #expect(words.contains("proves nothing"))
    }
    #expect((try await world.row().quarantine == nil) == endsAccessTokens)
  }
}
