import OAuth
import Store
import TestKit
import Testing

@testable import Keeper

/// Keys that a person has made on the provider's own pages, in the place of a grant.
struct StaticKeyTests {
  private static let base = "http://127.0.0.1:9"

  /// An API that knows one key, and says whose it is.
  private struct API: Upstream {
    var key = "KeapAK-1"
    var presented: Secret
    var status = 200

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      guard presented.exposed == key else { return UpstreamResponse(status: 401, headers: [:], body: []) }
      return UpstreamResponse(
        status: status, headers: [:], body: Array(#"{"email": "ann@acme.example", "tenant": "acme"}"#.utf8))
    }
  }

  private static func keeper(_ world: World, known: String = "KeapAK-1", status: Int = 200) -> Keeper {
    Keeper(
      database: world.database, ring: world.ring, providers: ProviderCatalogue([world.entry]), endpoint: world.provider,
      upstream: { _, token in API(key: known, presented: token, status: status) }, journals: world.host.journals("p1"),
      witness: world.host.witness, clock: world.clock, random: .seeded(1), process: "p1", logger: .silent)
  }

  @Test("a key of the provider's own pages is a connection: named, served for years, refreshed never")
  func lives() async throws {
    let world = try await World()
    let keeper = Self.keeper(world)
    try await keeper.start()
    let (status, isAccepted) = try await keeper.takeKey(
      Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    #expect(isAccepted == true)
    #expect(status.state == .ok && status.isServed && status.approver == "ann@acme.example")
    #expect(status.personNeededBy == nil && status.accessUntil == nil && status.nextRefreshAt == nil)
    world.time.advance(by: .days(5 * 365))
    let later = Self.keeper(world)
    try await later.start()
    #expect(try await later.token(for: "own").secret.exposed == "KeapAK-1")
    #expect(later.nextDue == nil)
    #expect(try await later.status("own").state == .ok)
    let story = try await keeper.story(of: "own").chapters.map(\.sentence).joined(separator: "\n")
    #expect(story.contains("A key made at") && !story.contains("KeapAK"))
  }

  @Test("a key that the API does not know is not stored, and neither is what cannot be a key")
  func refused() async throws {
    let world = try await World()
    let keeper = Self.keeper(world)
    for key in ["KeapAK-2", "KeapAK 1", "KeapAK-1\u{0}", "schlüssel"] {
      await #expect(throws: KeeperError.self) {
        try await keeper.takeKey(Secret(key), as: "own", provider: "evergrant", baseURL: Self.base)
      }
    }
    await #expect(throws: KeeperError.self) { try await keeper.takeKey(Secret("KeapAK-1"), as: "own", provider: nil) }
    await #expect(throws: KeeperError.self) {
      try await Self.keeper(world, status: 500).takeKey(
        Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    }
    #expect(try await keeper.status() == [])
  }

  @Test("when the API no longer takes the key, status says so and what to do, once, and a new key makes it good")
  func rejected() async throws {
    let world = try await World()
    _ = try await Self.keeper(world).takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    world.time.advance(by: .hours(1))
    let keeper = Self.keeper(world)
    try await world.running(keeper) {
      let token = try await keeper.token(for: "own")
      for _ in 0..<3 {
        let answer = await withCheckedContinuation { continuation in
          keeper.token(for: "own", replacing: token) { continuation.resume(returning: $0) }
        }
        #expect(throws: TokenUnavailable.self, "the API's own answer is passed on") { try answer.get() }
      }
      #expect(try await keeper.token(for: "own") == token, "only the API knows whether that is for good")
    }
    let status = try await keeper.status("own")
    #expect(status.state == .trouble && status.mustAct)
    #expect(status.nextStep?.contains("evergrant connect own --static-key -") == true)
    #expect(try await world.database.read { try $0.rows("SELECT id FROM events WHERE kind = 'refused'") }.count == 1)
    #expect(world.provider.presented == [])
    try await keeper.alerts().look()
    #expect(try await keeper.consoleView().alerts.map(\.nextStep).first??.contains("evergrant status") == true)

    let later = Self.keeper(world, known: "KeapAK-3")
    #expect(try await later.takeKey(Secret("KeapAK-3"), as: "own", provider: nil).status.state == .ok)
    #expect(try await later.token(for: "own").secret.exposed == "KeapAK-3")
  }

  @Test("a name that holds a grant keeps it, and nobody approves for a name that holds a key")
  func apart() async throws {
    let world = try await World()
    try await world.connect()
    let keeper = Self.keeper(world)
    try await keeper.start()
    await #expect(throws: KeeperError.self) { try await keeper.takeKey(Secret("KeapAK-1"), as: "shop", provider: nil) }
    _ = try await keeper.takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    await #expect(throws: KeeperError.self) { try await keeper.clientFor(connection: "own", named: nil) }
    await #expect(throws: KeeperError.self) {
      try await keeper.clientFor(connection: "new", named: "evergrant-own-keys")
    }
    #expect(try await keeper.disconnect("own").contains("delete it"))
    #expect(try await keeper.status("own").nextStep?.contains("--static-key") == true)
  }
}
