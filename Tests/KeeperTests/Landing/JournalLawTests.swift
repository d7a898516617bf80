import KeeperKit
import OAuth
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// K2, K4 and K29: an answer is kept before it is used, until it has landed, through deaths and stops.
struct JournalLawTests {
  /// A disk on which no journal finds room.
  private struct FullDisk: Journals {
    func own() throws -> Journal { throw StoreError.unavailable("the disk is full") }
    func abandoned() throws -> [Journal] { [] }
    func retire(_ journal: Journal) throws {}
    func living() throws -> [String] { [] }
    func processes() throws -> [String] { [] }
    func entries(of process: String) throws -> [Journal.Entry] { [] }
    func sync() async throws {}
  }

  private final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  /// A disk that tells what is done to it, and can die of it.
  private struct WatchedMedium: Medium {
    let inner: MemoryMedium
    var onWrite: @Sendable (Int) -> Void = { _ in }
    var onSync: @Sendable () throws -> Void = {}
    var onRead: @Sendable () throws -> Void = {}

    func read() throws -> [UInt8] {
      try onRead()
      return try inner.read()
    }
    func write(_ bytes: [UInt8], at offset: Int) throws {
      onWrite(bytes.count)
      try inner.write(bytes, at: offset)
    }
    func sync() async throws {
      try onSync()
      try await inner.sync()
    }
  }

  /// A refresh by `p1` whose store fails from the answer on, in a process that is told to stop: the answer is in its journal.
  private func leaveAnswer(_ world: KeeperWorld, by process: String = "p1", seen: Int64 = 1) async throws {
    let broken = BreakableDatabase(world.database)
    world.provider.next { [count = world.provider.requests.count + 2] _ in
      broken.setDown(true)
      return .tokens(access: "a\(count)", refresh: "r\(count)")
    }
    var refresher = world.refresher(world.store(process, database: broken))
    refresher.isStopping = { true }
    _ = await refresher.refresh("shop", .due(seen))
    #expect(try world.host.journaled[process] == 1)
  }

  // MARK: - K2

  @Test("K2: no slot, no flight; a live token serves on, and a slot that is given back is enough")
  func noSlot() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let journals = world.host.journals("p1")
    let slots = (0..<100).compactMap { _ in try? journals.own().reserve() }
    let refresher = world.refresher(world.store(), journals: journals)
    #expect(await refresher.refresh("shop", .due()).text == "a1")
    #expect(world.provider.requests.isEmpty)
    #expect(try await world.row().intent == nil)
    try journals.own().release(try #require(slots.first))
    #expect(await refresher.refresh("shop", .due()).text == "a2")
    #expect(await refresher.refresh("shop", .due(2)).text == "a3", "a flight that has ended gives its slot back")
  }

  @Test("K2: a keeper that ends leaves a journal that it cannot read")
  func unreadable() async throws {
    let world = try await KeeperWorld()
    let journals = world.host.journals("p1") { medium in
      WatchedMedium(inner: medium, onRead: { throw StoreError.unavailable("the disk fails") })
    }
    let journal = try journals.own()
    try await journal.write([1], to: try #require(journal.reserve()))
    Settlement(journals: journals, store: world.store(), logger: .silent).close()
    #expect(try world.host.journaled["p1"] == 1)
  }

  @Test("K2: where no journal can be laid out no token is presented")
  func fullDisk() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    #expect(await world.refresher(world.store(), journals: FullDisk()).refresh("shop", .due()).text == "a1")
    #expect(world.provider.requests.isEmpty)
    #expect(try await world.row().intent == nil)
  }

  @Test("K2: the journal is laid out at start, before any refresh is due, and is gone after a stop")
  func laidOutAtStart() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.running(world.keeper("p9", clock: world.time.clock)) {
      try await world.until { try world.host.journaled["p9"] != nil }
      #expect(try world.host.journaled["p9"] == 0)
    }
    #expect(world.provider.requests.isEmpty)
    #expect(try world.host.journaled["p9"] == nil)
  }

  @Test("K2: the answer is synced in the journal, then landed, then used, and only then is its slot free")
  func order() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let notes = Notes(), snapshot = Snapshot()
    snapshot.publish(try await world.store().loadConnection("shop"))
    let database = BreakableDatabase(world.database)
    let journals = world.host.journals("p1") { medium in
      WatchedMedium(
        inner: medium, onWrite: { notes.add($0 > 16 ? "written" : "freed") }, onSync: { notes.add("synced") })
    }
    world.provider.next { _ in
      notes.add("sent")
      database.breaks = {
        notes.add("store, while calls get \(snapshot.token(of: "shop", opening: world.ring)?.secret.exposed ?? "none")")
        return false
      }
      return .tokens(access: "a2", refresh: "r2")
    }
    let refresher = world.refresher(world.store("p1", database: database), snapshot: snapshot, journals: journals)
    #expect(await refresher.refresh("shop", .due()).text == "a2")
    #expect(
      notes.all == [
        "sent", "written", "synced", "store, while calls get a1", "freed", "store, while calls get a1",
      ])
    #expect(snapshot.token(of: "shop", opening: world.ring)?.secret.exposed == "a2")
  }

  @Test("K2: what a process had synced when it died, its successor lands at start and asks nobody")
  func successorAtStart() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    try await leaveAnswer(world)
    #expect(try await world.storedRefreshToken() == "r1")
    world.host.end("p1")
    try await world.running(world.keeper("p2", clock: world.time.clock)) {
      try await world.until { try await world.storedRefreshToken() == "r2" }
    }
    #expect(try await world.storedRefreshToken() == "r2")
    #expect(try await world.storedAccessToken() == "a2")
    #expect(try await world.row().intent == nil)
    #expect(try world.host.journaled["p1"] == nil, "an empty journal is retired")
    #expect(world.provider.presented == ["r1"])
  }

  @Test("K2: a process that takes over from a dead one lands what that one left before it would present anything")
  func successorAtClaim() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await leaveAnswer(world)
    world.host.end("p1")
    world.time.advance(by: .seconds(181))
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a2")
    #expect(world.provider.presented == ["r1"])
  }

  @Test("K2: a dead process's lease ends when its answer lands, but not while a later flight of it may count")
  func leaseOfTheDead() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await leaveAnswer(world)
    #expect(try await world.row().lease?.holder == "p1")
    world.host.end("p1")
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a1", "its lease still counts")
    let settlement = Settlement(journals: world.host.journals("p2"), store: world.store("p2"), logger: .silent)
    try await settlement.settle()
    #expect(try await world.row().lease == nil)
    #expect(await world.refresher("p2").refresh("shop", .due(2)).text == "a3")
    #expect(world.provider.presented == ["r1", "r2"])

    try await leaveAnswer(world, by: "p3", seen: 3)
    world.time.advance(by: .seconds(181))
    guard case .claimed = try await world.store("p3").claim("shop", seen: 3, forced: true) else {
      Issue.record("a later flight of p3 was not begun")
      return
    }
    world.host.end("p3")
    try await settlement.settle()
    #expect(try await world.storedRefreshToken() == "r4")
    #expect(try await world.row().lease?.holder == "p3", "what that flight sent may still arrive")
  }

  @Test("K2: a process that died before the sync leaves nothing, and the doubt on record says so")
  func diedBeforeSync() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let broken = BreakableDatabase(world.database), host = world.host
    let journals = world.host.journals("p1") { medium in
      WatchedMedium(
        inner: medium,
        onSync: {
          host.end("p1")
          throw StoreError.unavailable("dead")
        })
    }
    world.provider.next { _ in
      broken.setDown(true)
      return .tokens(access: "a2", refresh: "r2")
    }
    var refresher = world.refresher(world.store("p1", database: broken), journals: journals)
    refresher.isStopping = { true }
    _ = await refresher.refresh("shop", .due())
    #expect(try await world.row().intent?.fingerprint == Secret("r1").fingerprint)
    world.time.advance(by: .seconds(181))
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a3")
    #expect(world.provider.presented == ["r1", "r1"], "the provider tolerates it, and was asked again")
  }

  @Test("K2: an answer that is found again does not land twice")
  func replayed() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await leaveAnswer(world)
    let bytes = try #require(try world.host.journals("p2").entries(of: "p1").first).bytes
    world.host.end("p1")
    let settlement = Settlement(journals: world.host.journals("p2"), store: world.store("p2"), logger: .silent)
    try await settlement.settle()
    let landed = try await world.row()
    #expect(landed.generation == 2)
    for later in [2, 3] {
      let again = try world.host.journals("again").own()
      try await again.write(bytes, to: try #require(again.reserve()))
      world.host.end("again")
      try await settlement.settle()
      #expect(try await world.row().generation == Int64(later))
      #expect(try await world.row().spare == nil)
      #expect(try world.host.journaled["again"] == nil)
      if later == 2 { _ = await world.refresher("p2").refresh("shop", .due(2)) }
    }
  }

  @Test("K2: one answer that cannot be opened, or has no connection, keeps no other from landing")
  func foreignEntries() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.connect("gone", token: "g1")
    let claim = try #require(try await world.claimed("gone", by: "p1"))
    try await leaveAnswer(world)
    let other = try world.host.journals("p0").own()
    try await other.write(Array("not sealed".utf8), to: try #require(other.reserve()))
    let response = TokenResponse(accessToken: Secret("x"), expiresIn: 60, refreshToken: Secret("y"))
    let received = Received(response, of: claim, AnswerTiming(sentAt: world.time.now, clockSkew: .zero))
    try await other.write(received.sealed(world.ring, .seeded(3)), to: try #require(other.reserve()))
    try await world.database.write { try $0.execute("DELETE FROM connections WHERE name = 'gone'") }
    for process in ["p0", "p1"] { world.host.end(process) }
    try await Settlement(journals: world.host.journals("p2"), store: world.store("p2"), logger: .silent).settle()
    #expect(try await world.storedRefreshToken() == "r2")
    #expect(try world.host.journaled == ["p0": 2], "what cannot land stays")
  }

  // MARK: - K4

  @Test(
    "K4: while an answer cannot land nothing else starts for its connection, here or elsewhere, and it serves nobody")
  func heldInMemory() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let broken = BreakableDatabase(world.database), sleeps = Mutex(0), seen = Notes()
    world.provider.next { _ in
      broken.setDown(true)
      return .tokens(access: "a2", refresh: "r2")
    }
    var clock = world.clock
    clock.sleep = { _ in
      // Long after the lease has ended, another process wants a newer token.
      world.time.advance(by: .seconds(200))
      seen.add(await world.refresher("p2").refresh("shop", .due()).text ?? "none")
      let round = sleeps.withLock { count in
        count += 1
        return count
      }
      if round == 1 {
        let forced = await world.refresher("p2").refresh("shop", Flights.Request(seen: 1, forced: true))
        seen.add(forced.text ?? "none")
      }
      if round == 3 { broken.setDown(false) }
    }
    #expect(
      await world.refresher(world.store("p1", database: broken), clock: clock).refresh("shop", .due()).text == "a2")
    #expect(seen.all == ["a1", "none", "a1", "a1"])
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.storedRefreshToken() == "r2")
    #expect(try world.host.journaled["p1"] == 0)
  }

  @Test("K4: an answer that neither journal nor store takes is held in memory, and is journaled as soon as that works")
  func heldInMemoryAlone() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let broken = BreakableDatabase(world.database), sleeps = Mutex(0), notes = Notes(), host = world.host
    world.provider.next { _ in
      broken.setDown(true)
      host.setDisksFailing(true)
      return .tokens(access: "a2", refresh: "r2")
    }
    var clock = world.clock
    clock.sleep = { [time = world.time] duration in
      time.advance(by: duration)
      let count = sleeps.withLock {
        $0 += 1; return $0
      }
      notes.add("\(try host.journaled["p1"] ?? -1)")
      if count == 2 { host.setDisksFailing(false) }
      if count == 4 { broken.setDown(false) }
    }
    #expect(
      await world.refresher(world.store("p1", database: broken), clock: clock).refresh("shop", .due()).text == "a2")
    #expect(notes.all == ["0", "0", "1", "1"])
    #expect(try await world.storedRefreshToken() == "r2")
  }

  // MARK: - K29

  @Test("K29: a stop lets the flight in the air land, starts no other, and leaves no journal")
  func gracefulStop() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.advance(by: .hours(25))
    let keeper = world.keeper(clock: world.time.clock)
    world.provider.next { _ in
      keeper.close()
      for _ in 0..<100 { await Task.yield() }
      return .tokens(access: "a2", refresh: "r2")
    }
    try await world.running(keeper) {
      await world.until { !world.provider.requests.isEmpty }
    }
    #expect(try await world.storedRefreshToken() == "r2", "what was in the air has landed")
    #expect(try world.host.journaled["p1"] == nil)
    world.time.advance(by: .hours(25))
    let late = await withCheckedContinuation { continuation in
      keeper.token(for: "shop", replacing: nil) { continuation.resume(returning: $0) }
    }
    guard case .failure(.temporarily) = late else { throw KeeperError.refused("a flight started after the stop") }
    #expect(world.provider.presented == ["r1"])
  }

  @Test("K29: a stop while the store is down leaves the answer in the journal, and the next start lands it")
  func stopWithoutStore() async throws {
    let broken = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(tolerant: false, database: broken)
    try await world.connect()
    world.time.advance(by: .hours(25))
    let keeper = world.keeper("p1", clock: world.time.clock)
    world.provider.next { _ in
      broken.setDown(true)
      keeper.close()
      return .tokens(access: "a2", refresh: "r2")
    }
    try await world.running(keeper) {
      await world.until { !world.provider.requests.isEmpty }
    }
    broken.setDown(false)
    #expect(try world.host.journaled["p1"] == 1)
    world.host.end("p1")
    try await world.running(world.keeper("p2", clock: world.time.clock)) {
      try await world.until { try await world.storedRefreshToken() == "r2" }
    }
    #expect(try await world.storedRefreshToken() == "r2")
    #expect(world.provider.presented == ["r1"])
  }
}
