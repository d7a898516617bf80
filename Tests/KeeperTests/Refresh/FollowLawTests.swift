import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// How memory follows the store: by what has changed, and never back to something older (K9, K16, K20, K21, K28).
struct FollowLawTests {
  /// A database that lets something happen between a reading and its use.
  private final class RacedDatabase: Database {
    private let inner: any Database
    private let race = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ inner: any Database) { self.inner = inner }

    func afterNextReading(_ act: @escaping @Sendable () async throws -> Void) { race.withLock { $0 = act } }

    func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      try await inner.write(act)
    }

    func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      let result = try await inner.read(act)
      let happens = race.withLock { race in
        defer { race = nil }
        return race
      }
      try await happens?()
      return result
    }

    func changeMark() async throws -> Int64 { try await inner.changeMark() }
  }

  private func world(_ names: [String]) async throws -> (KeeperWorld, Snapshot) {
    let world = try await KeeperWorld()
    for name in names { try await world.connect(name, token: "r-\(name)") }
    let snapshot = Snapshot()
    try await world.store().follow(into: snapshot)
    return (world, snapshot)
  }

  @Test("K9: memory follows another process's landing by reading the rows that changed, and no others")
  func rowByRow() async throws {
    let (world, snapshot) = try await world(["one", "two", "three"])
    let quiet = try await world.store().load(since: snapshot.position)
    #expect(!quiet.isWhole && quiet.entries.isEmpty && quiet.keys.isEmpty)
    _ = await world.refresher("other").refresh("two", .due())
    let stored = try await world.store().load(since: snapshot.position)
    #expect(!stored.isWhole && stored.entries.map(\.cached.name) == ["two"])
    try await world.store().follow(into: snapshot)
    #expect(snapshot["two"]?.generation == 2)
    #expect(snapshot.token(of: "two", opening: world.ring)?.secret.exposed == "a2")
    #expect(snapshot["one"]?.generation == 1)
  }

  @Test("K9: a client whose credentials changed, a restored backup and a store set back are read as a whole")
  func wholeReadings() async throws {
    let (world, snapshot) = try await world(["one"])
    let known = try #require(snapshot.position)
    try await world.keeper().desk.addClient(
      "app", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("new"),
      redirectURI: nil, replacing: true)
    #expect(try await world.store().load(since: known).isWhole)
    try await world.store().follow(into: snapshot)
    let later = try #require(snapshot.position)
    #expect(try await !world.store().load(since: later).isWhole)
    for position in [
      Snapshot.Position(store: later.store, touches: later.touches + 1, era: later.era),
      Snapshot.Position(store: later.store, touches: later.touches, era: later.era + 1),
      Snapshot.Position(store: "another", touches: later.touches, era: later.era),
    ] { #expect(try await world.store().load(since: position).isWhole) }
  }

  @Test("K21: a key that another process adds or revokes is followed")
  func keys() async throws {
    let (world, snapshot) = try await world(["one"])
    let secret = try await world.keeper("other").desk.addKey(
      "nightly", connection: "one", rules: [], handsOutTokens: false)
    #expect(snapshot.key(hash: secret.fingerprint) == nil)
    try await world.store().follow(into: snapshot)
    #expect(snapshot.key(hash: secret.fingerprint)?.name == "nightly")
    try await world.keeper("other").desk.revokeKey("nightly")
    try await world.store().follow(into: snapshot)
    #expect(snapshot.key(hash: secret.fingerprint) == nil)
  }

  @Test("K28: a landing of our own between a reading and its use is no restored backup")
  func racedReading() async throws {
    let raced = RacedDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: raced)
    try await world.connect()
    let snapshot = Snapshot(), store = world.store()
    try await store.follow(into: snapshot)
    _ = try await world.database.write { try store.take("shop", $0) }
    raced.afterNextReading { _ = await world.refresher(snapshot: snapshot).refresh("shop", .due()) }
    try await store.follow(into: snapshot)
    #expect(snapshot["shop"]?.generation == 2)
    #expect(try await world.row().quarantine == nil)
    #expect(snapshot.position?.era == 0)
  }

  @Test("K9: of two readings that cross, the older is not taken in after the newer")
  func crossedReadings() async throws {
    let (world, snapshot) = try await world(["one"])
    let older = try await world.store().load(since: snapshot.position)
    let secret = try await world.keeper("other").desk.addKey(
      "nightly", connection: "one", rules: [], handsOutTokens: false)
    try await world.store().follow(into: snapshot)
    #expect(snapshot.absorb(older) == nil)
    #expect(snapshot.key(hash: secret.fingerprint) != nil)
  }

  @Test(
    "K22: the newer token that memory holds serves on beside a row that a backup brought back, but not for another client"
  )
  func anotherClient() async throws {
    let (world, snapshot) = try await world(["one"]), store = world.store()
    try await world.keeper().desk.addClient(
      "other", provider: world.entry.name, baseURL: "http://127.0.0.1:8", clientID: "id", secret: Secret("s"),
      redirectURI: nil, replacing: false)
    func put(_ client: String, generation: Int64, quarantine: StaleCause?) async throws {
      try await world.database.write { db in
        try db.execute(
          "UPDATE connections SET client = $1, generation = $2, quarantine = $3, quarantined_at = 1", client,
          generation,
          quarantine)
        try db.execute("UPDATE store_state SET quarantines = quarantines + 1")
      }
    }
    for (client, served) in [("app", Int64(2)), ("other", 1)] {
      try await put("app", generation: 2, quarantine: nil)
      try await store.follow(into: snapshot)
      try await put(client, generation: 1, quarantine: .restored(backup: "old"))
      _ = snapshot.absorb(try await store.load(since: snapshot.position))
      #expect(snapshot["one"]?.client.name == client && snapshot["one"]?.token?.generation == served)
    }
  }

  @Test(
    "K16: the lines of what is due give the earliest first, whatever is added, replaced and taken", arguments: 0..<20)
  func order(_ seed: UInt64) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    var random = SeededGenerator(seed: seed)
    let template = try await world.store().loadConnection("shop"), snapshot = Snapshot()
    var expected: [String: Timestamp] = [:]
    for version in 1...400 {
      let name = "shop-\(Int.random(in: 0..<60, using: &random))"
      var held = template
      held.cached.name = name
      held.cached.version = Int64(version)
      let moment = Timestamp(seconds: Int64.random(in: 1...1_000_000, using: &random))
      let isDue = Int.random(in: 0..<5, using: &random) > 0
      held.cached.dueAt = isDue ? moment : nil
      snapshot.publish(held)
      expected[name] = held.cached.dueAt
    }
    var taken: [String] = []
    while let line = snapshot.dueLines.first, let cached = snapshot.takeDue(line.endpoint, at: line.at) {
      #expect(line.at == expected[cached.name])
      taken.append(cached.name)
    }
    #expect(taken.compactMap { expected[$0] } == expected.values.sorted())
    #expect(Set(taken).count == taken.count)
  }

  @Test("K20: a token is opened for the first call that needs it, and one that does not open leaves the others alone")
  func openedOnDemand() async throws {
    let (world, snapshot) = try await world(["one", "two"])
    try await world.database.write { db in
      _ = try world.store().take("one", db)
      try db.execute("UPDATE connections SET access_token = x'00', version = version + 1 WHERE name = 'one'")
    }
    try await world.store().follow(into: snapshot)
    #expect(snapshot.token(of: "one", opening: world.ring) == nil)
    for _ in 0..<2 { #expect(snapshot.token(of: "two", opening: world.ring)?.secret.exposed == "a1") }
  }

  @Test("K17: a wall clock that is set back while the keeper runs makes moments be reckoned anew")
  func stepWhileRunning() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper(clock: world.time.clock)
    try await world.running(keeper) {
      for _ in 0..<200 { await Task.yield() }
      #expect(world.provider.requests.isEmpty)
      world.time.stepWall(by: .zero - .days(30))
      for _ in 0..<20_000 where world.provider.requests.isEmpty {
        await Task.yield()
        if let wait = world.time.untilNextDeadline { world.time.advance(by: wait) }
      }
    }
    #expect(world.provider.presented == ["r1"])
  }
}
