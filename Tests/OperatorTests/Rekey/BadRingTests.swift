import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// A key file without the key that sealed something.
struct BadRingTests {
  /// Two connections, each under a key and a client of its own, and the file without the first key.
  private func halfBlind() async throws -> (KeeperWorld, GrantStore, Keeper) {
    let world = try await KeeperWorld()
    let keys = MemoryKeys(.seeded(7))
    func keeper(_ ring: KeyRing, _ process: String) -> Keeper {
      Keeper(
        database: world.database, ring: ring, providers: ProviderCatalogue([world.entry]), endpoint: world.provider,
        upstream: { _, _ in NobodyHome() }, journals: world.host.journals(process), witness: world.host.witness,
        clock: world.clock, random: .seeded(1), process: process, logger: .silent)
    }
    let ring = try keys.ring()
    try await world.connect("old", token: "r-old", client: "first")
    _ = try await keeper(ring, "p1").desk.beginConnecting("old", client: "first", redirectURI: nil)
    try ring.addKey(random: .seeded(8))
    let store = keeper(ring, "p1").store
    try await keeper(ring, "p1").desk.addClient(
      "second", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("t"),
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    _ = try await store.adopt(
      TokenResponse(accessToken: Secret("a-new"), expiresIn: 86_400, refreshToken: Secret("r-new")), as: "new",
      client: try await keeper(ring, "p1").desk.client("second"), identity: Identity(tenant: nil, approver: nil),
      sentAt: world.time.now, replacingTenant: false)
    try ring.dropKeys([1])
    let blind = keeper(try keys.ring(), "p2")
    return (world, blind.store, blind)
  }

  @Test("a ring without the key that sealed a connection: that connection says so, the others work")
  func oneOfTwo() async throws {
    let (world, store, keeper) = try await halfBlind()
    try await world.running(keeper) { () async throws in
      #expect(try await keeper.token(for: "new").secret.exposed == "a-new")
      let refused = await #expect(throws: TokenUnavailable.self) { try await keeper.token(for: "old") }
      guard case .temporarily(let words, _)? = refused else {
        Issue.record("\(refused as Any)")
        return
      }
      #expect(words.contains("key file"), "\(words)")
    }
    #expect(world.provider.requests.isEmpty)
    let status = try await keeper.desk.status()
    #expect(status.first { $0.name == "new" }?.state == "ok")
    let blind = try #require(status.first { $0.name == "old" })
    #expect(blind.state == "trouble")
    #expect(blind.trouble?.contains("key file") == true)
    #expect(blind.nextStep?.contains("key file") == true)
    world.time.advance(by: .hours(20))
    let token = await Refresher(
      store: store, endpoint: world.provider, snapshot: Snapshot(), settlement: keeper.settlement, clock: world.clock,
      logger: .silent
    ).refresh("new", .due(1))
    #expect(token.text != nil)
    #expect(world.provider.presented == ["r-new"])
    // Nothing of the blind one was touched: with its key it is as it was.
    #expect(try await world.row("old").intent == nil)
    #expect(try await world.storedRefreshToken("old") == "r-old")
  }

  @Test("a client whose secret does not open is listed, says so when it is used, and its connections can be given up")
  func clients() async throws {
    let (_, _, keeper) = try await halfBlind()
    #expect(try await keeper.desk.clients().map(\.name) == ["first", "second"])
    #expect(try await keeper.desk.client("second").secret?.exposed == "t")
    let error = await #expect(throws: KeeperError.self) { try await keeper.desk.client("first") }
    #expect(error?.description.contains("The secret of the client first does not open") == true)
    #expect(error?.description.contains("Key 1") == true)
    try await keeper.start()
    #expect(try await keeper.desk.disconnect("old").contains("no token left"))
    #expect(try await keeper.desk.disconnect("new").contains("has revoked the grant"))
  }

  @Test("a key that is put back opens what it sealed in a running keeper")
  func putBack() async throws {
    let world = try await KeeperWorld()
    let keys = MemoryKeys(.seeded(7))
    let whole = try keys.read()
    try await world.connect("old", token: "r-old")
    keys.put(Secret(whole.exposed.replacing("1 ", with: "5 ", maxReplacements: 1)))
    let keeper = Keeper(
      database: world.database, ring: try keys.ring(), providers: ProviderCatalogue([world.entry]),
      endpoint: world.provider, upstream: { _, _ in NobodyHome() }, journals: world.host.journals("p2"),
      witness: world.host.witness, clock: world.clock, random: .seeded(1), process: "p2", logger: .silent)
    try await world.running(keeper) {
      #expect(keeper.freshToken(for: "old") == nil)
      keys.put(Secret(whole.exposed + "5" + whole.exposed.dropFirst()))
      for _ in 0..<1000 where keeper.freshToken(for: "old") == nil { await Task.yield() }
      #expect(keeper.freshToken(for: "old")?.secret.exposed == "a1")
    }
  }
}
