import KeeperKit
import OAuth
import Operator
import Synchronization
import Testing

@testable import Keeper
@testable import Wire

/// What arrives late, twice, damaged or from somebody who is no longer current.
struct InterleavingTests {
  private let secret = Secret("right")

  private func setCredentialsAnew(_ world: KeeperWorld) async throws {
    world.time.advance(by: .seconds(5))
    try await world.keeper().desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: secret, redirectURI: nil,
      replacing: true)
  }

  private func answer(_ access: String, _ refresh: String) -> TokenResponse {
    TokenResponse(accessToken: Secret(access), expiresIn: 86_400, refreshToken: Secret(refresh))
  }

  @Test("K17: a lifetime that is no number to count with is the entry's default", arguments: [0, -1, Int64.max])
  func lifetimes(_ lifetime: Int64) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.tokens(access: "a2", refresh: "r2", lifetime: lifetime))
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    let access = try #require(try await world.row().access)
    #expect(access.until > world.time.now + .hours(23))
  }

  @Test("K12: a pause of nothing is no leave to hammer", arguments: ["0", "Mon, 23 Nov 2026 16:00:00 GMT"])
  func emptyPause(_ retryAfter: String) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.body(429, "", retryAfter: retryAfter))
    for _ in 0..<20 { _ = await world.refresher().refresh("shop", .due()) }
    #expect(world.provider.requests.count == 1)
  }

  @Test("K7: what was said of the old credentials does not count against the new ones")
  func lateClientRefusal() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let claim = try #require(try await world.claim())
    try await setCredentialsAnew(world)
    _ = try await world.store().refuseClient(claim, words: "401 invalid_client")
    #expect(try await world.keeper().desk.client("app").stopped == nil)
    #expect(try await world.row().lease == nil)

    let second = try #require(try await world.claim())
    try await setCredentialsAnew(world)
    _ = try await world.store().refuse(second, words: "400", ambiguous: true)
    #expect(try await world.row().state == .active)
  }

  @Test("K1: a late refusal of the client leaves the doubt of a newer approval alone")
  func lateRefusalKeepsIntent() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let old = try #require(try await world.claim("p1"))
    try await world.connect(token: "anew", access: "fresh")
    _ = try #require(try await world.claim("p2", seen: 2))
    _ = try await world.store("p1").refuseClient(old, words: "401 invalid_client")
    #expect(try await world.row().intent?.process == "p2")
  }

  @Test("K1: a flight that was not sent does not bring back a doubt that a late landing has ended")
  func putBackAfterLanding() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let slow = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    let quick = try #require(try await world.claim("p2", forced: true))
    _ = try await world.store("p1").land(answer("a2", "r2"), of: slow, sentAt: world.time.now, clockSkew: .zero)
    _ = try await world.store("p2").putBack(quick, .unreachable(because: "not sent"), after: nil)
    #expect(try await world.row().intent == nil)
  }

  @Test("K7: a grant that was refused beyond doubt does not come back with its client's trouble")
  func revokedStaysRevoked() async throws {
    let world = try await KeeperWorld()
    for name in ["one", "two"] { try await world.connect(name, token: name) }
    world.time.advance(by: .hours(1))
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("one", .due())
    world.provider.next(.body(401, #"{"error":"invalid_client"}"#))
    _ = await world.refresher().refresh("two", .due())
    #expect(try await world.row("one").state == .needsApproval)
  }

  @Test("K3: an answer to a token two generations back is no spare")
  func spareTwoBack() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let slow = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    _ = await world.refresher("p2").refresh("shop", .due(1))
    _ = await world.refresher("p2").refresh("shop", .due(2))
    _ = try await world.store("p1").land(answer("a2", "r2"), of: slow, sentAt: world.time.now, clockSkew: .zero)
    #expect(try await world.row().spare == nil)
  }

  @Test("K3: a spare that could not be sent is tried again, and nobody doubts the token that was refused")
  func spareNotSent() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let late = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    _ = await world.refresher("p2").refresh("shop", Flights.Request(seen: 1, forced: true))
    _ = try await world.store("p1").land(answer("x", "spare"), of: late, sentAt: world.time.now, clockSkew: .zero)
    world.provider.next(.refusal)
    world.provider.next(.notSent("no route"))
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(try await world.row().intent?.fingerprint != Secret("r2").fingerprint)
    world.time.advance(by: .minutes(5))
    world.provider.next(.refusal)
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(world.provider.presented.suffix(2) == ["r2", "spare"])
  }

  @Test("a secret that does not open stops its own client's connections and no others")
  func damagedSecret() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.connect("other", token: "o1", client: "second")
    try await world.database.write { try $0.execute("UPDATE clients SET secret = x'00' WHERE name = 'second'") }
    try await world.database.write {
      try $0.execute("UPDATE connections SET refresh_token = x'00' WHERE name = 'shop'")
    }
    let keeper = world.keeper()
    try await keeper.start()
    #expect(keeper.freshToken(for: "shop") != nil)
    #expect(try await keeper.desk.disconnect("shop").contains("no token left"))
  }

  @Test("a process that waits for another's lease gives up when it is told to stop, and presents nothing")
  func stopsWaiting() async throws {
    let world = try await KeeperWorld()
    try await world.connect(lifetime: 60)
    world.time.advance(by: .seconds(61))
    _ = try #require(try await world.claim("p2"))
    var refresher = world.refresher()
    refresher.isStopping = { true }
    guard case .failure(.temporarily) = await refresher.refresh("shop", .due()) else {
      throw KeeperError.refused("waited on")
    }
    #expect(world.provider.requests.isEmpty)
  }
}
