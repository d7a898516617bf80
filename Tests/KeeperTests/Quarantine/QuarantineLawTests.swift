import KeeperKit
import OAuth
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// K28: a restored backup spends no token that was spent before, and goes on once it is known who holds the newest.
struct QuarantineLawTests {
  typealias Stage = QuarantineStage

  /// A restored store beside a dead process's journal with the answer that came after the backup.
  func offered() async throws -> (Stage, Keeper) {
    let stage = try await Stage(), world = stage.world
    let backup = try stage.database.backup()
    let claim = try #require(try await world.claim("p1"))
    let first = TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"))
    _ = try await world.store("p1").land(first, of: claim, sentAt: world.time.now, clockSkew: .zero)
    let second = try #require(try await world.claim("p1", seen: 2))
    let response = TokenResponse(accessToken: Secret("a3"), expiresIn: 86_400, refreshToken: Secret("r3"))
    let received = Received(response, of: second, AnswerTiming(sentAt: world.time.now, clockSkew: .zero))
    let journal = try world.host.journals("p1").own()
    try await journal.write(received.sealed(world.ring, .seeded(5)), to: try #require(journal.reserve()))
    world.host.end("p1")
    try stage.database.restore(backup)
    let keeper = stage.keeper("p2")
    try await keeper.start()
    return (stage, keeper)
  }

  @Test("K28: a store that is behind its witness at start is a restored backup: every rotating connection is set apart")
  func behindWitness() async throws {
    let stage = try await Stage(), world = stage.world
    try await world.connect("other", token: "o1", access: "o-a1")
    let backup = try stage.database.backup()
    try await stage.refreshed()
    try stage.database.restore(backup)
    world.time.advance(by: .hours(20))
    try await stage.keeper("p2").start()
    for name in ["shop", "other"] {
      #expect(try await world.row(name).quarantine?.cause.words.contains("older than its witness") == true)
    }
    #expect(try await !stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
    let quarantines = try await stage.events("quarantined")
    try await stage.keeper("p3").start()
    #expect(try await stage.events("quarantined") == quarantines, "it is noticed once")
  }

  @Test("K28: a second backup, of a store that was set apart before, is noticed by a keeper that runs")
  func backupOfQuarantine() async throws {
    let stage = try await Stage(), world = stage.world
    let old = try stage.database.backup()
    try await stage.refreshed()
    try stage.database.restore(old)
    let keeper = stage.keeper("p2")
    try await world.running(keeper) {
      let second = try stage.database.backup()
      _ = try await keeper.desk.trust("shop", offered: false)
      _ = try await keeper.desk.refresh("shop", forced: true)
      #expect(try await world.row().generation >= 2)
      world.time.advance(by: .hours(1))
      let moment = world.time.now
      // Its row says that it is set apart, and since when: too long ago for what was issued since.
      try stage.database.restore(second)
      var turns = 0
      while try await world.row().quarantine?.at ?? moment < moment, turns < 5_000 {
        await Task.yield()
        turns += 1
      }
      #expect(try await world.row().quarantine?.at ?? moment - .seconds(1) >= moment)
    }
  }

  @Test(
    "K28: a witness that is damaged, missing or of another store does not vouch for a store that has counted",
    arguments: ["damaged", "missing", "other"])
  func badWitness(_ what: String) async throws {
    let stage = try await Stage(), world = stage.world
    switch what {
    case "damaged": world.host.damageWitness()
    case "missing": world.host.loseWitness()
    default:
      world.host.loseWitness()
      try await world.host.witness.raise(to: WitnessMark(store: "another", landings: 1))
    }
    try await stage.keeper("p2").start()
    #expect(try await world.row().quarantine?.cause.words.contains("witness") == true)
    #expect(try await !stage.wouldRefresh())
    #expect(world.provider.requests.isEmpty)
  }

  @Test(
    "K28: an approval that comes before the look does not hide it: the others are set apart, the approved one is not")
  func approvalFirst() async throws {
    for what in ["behind", "damaged", "missing"] {
      let stage = try await Stage(), world = stage.world
      try await world.connect("other", token: "o1")
      let backup = try stage.database.backup()
      try await stage.refreshed()
      try stage.database.restore(backup)
      if what == "damaged" { world.host.damageWitness() }
      if what == "missing" { world.host.loseWitness() }
      try await world.connect("shop", token: "anew", access: "fresh")
      #expect(try await world.row("other").quarantine != nil, "\(what)")
      #expect(try await world.row("shop").quarantine == nil, "\(what)")
      world.provider.next(.tokens(access: "a9", refresh: "r9"))
      let seen = try await world.row().generation
      #expect(await world.refresher("p2").refresh("shop", .due(seen)).text == "a9")
    }
  }

  @Test("K28: a new store without a witness, and one that its witness knows, are as good as any")
  func goodWitness() async throws {
    let world = try await KeeperWorld()
    world.host.loseWitness()
    try await world.store("p0").open()
    try await world.connect()
    for process in ["p2", "p3"] {
      try await world.keeper(process).start()
      #expect(try await world.row().quarantine == nil)
    }
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
  }

  @Test("K28: a claim compares the store with what this process remembers, even when the witness is lost")
  func claimCompares() async throws {
    let stage = try await Stage(), world = stage.world
    let backup = try stage.database.backup()
    let store = world.store("p1")
    let refresher = world.refresher(store)
    #expect(await refresher.refresh("shop", .due()).text == "a2")
    try stage.database.restore(backup)
    world.host.loseWitness()
    guard case .behind = try await store.claim("shop", seen: 1, forced: true) else {
      throw KeeperError.refused("a restored row was claimed")
    }
    world.time.advance(by: .hours(25))
    _ = await refresher.refresh("shop", .due())
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.row().quarantine != nil)
  }

  @Test("K28: a row behind memory while running is noticed, what is newer is offered, and what lives serves on")
  func behindMemory() async throws {
    let stage = try await Stage(), world = stage.world
    let keeper = stage.keeper("p1")
    try await keeper.start()
    let backup = try stage.database.backup()
    let tokens = TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"))
    let claim = try #require(try await world.claim("p1"))
    _ = try await world.store("p1").land(tokens, of: claim, sentAt: world.time.now, clockSkew: .zero)
    try await keeper.reload()
    try stage.database.restore(backup)
    world.host.loseWitness()
    for _ in 0..<3 {
      try await keeper.reload()
      #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a2")
      // Whoever publishes the row as it is does not take the token away either.
      keeper.snapshot.publish(try await world.store("p1").loadConnection("shop"))
    }
    #expect(try await world.row().quarantine != nil)
    #expect(try await world.storedRefreshToken() == "r1", "the row stays as it is")
    #expect(try await stage.events("offered") == 1)
    #expect(try await !stage.wouldRefresh())

    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 2))
    #expect(try await world.storedRefreshToken() == "r2")
    #expect(await world.refresher("p1").refresh("shop", Flights.Request(seen: 2, forced: true)).text != nil)
    #expect(world.provider.presented == ["r2"])
  }

  @Test("K28: a second backup, older than the notice of the first, is noticed by a keeper that has nothing to claim")
  func secondBackup() async throws {
    let stage = try await Stage(), world = stage.world
    let keeper = stage.keeper("server", clock: world.time.clock)
    let backup = try stage.database.backup()
    try await stage.refreshed()
    try await world.running(keeper) {
      for _ in 0..<2 {
        try stage.database.restore(backup)
        for _ in 0..<200 where try await world.row().quarantine == nil {
          world.time.advance(by: .seconds(1))
          for _ in 0..<50 { await Task.yield() }
        }
        #expect(try await world.row().quarantine != nil)
        for _ in 0..<200 where keeper.snapshot["shop"]?.quarantine?.at != (try await world.row().quarantine?.at) {
          world.time.advance(by: .seconds(1))
          for _ in 0..<50 { await Task.yield() }
        }
        #expect(keeper.snapshot["shop"]?.quarantine?.at == (try await world.row().quarantine?.at))
      }
    }
  }

  @Test("K28: a backup with fewer notices of backups than memory has seen is taken in at once")
  func fewerNotices() async throws {
    let stage = try await Stage(), world = stage.world
    let store = world.store("p1"), snapshot = Snapshot()
    try await store.quarantineRotating(.told("the first"))
    let backup = try stage.database.backup()
    try await store.quarantineRotating(.told("the second"))
    try await world.database.write { try $0.execute("UPDATE connections SET quarantine = NULL, quarantined_at = NULL") }
    try await stage.refreshed()
    try await store.follow(into: snapshot)
    #expect(snapshot["shop"]?.generation == 2 && snapshot["shop"]?.quarantine == nil)
    try stage.database.restore(backup)
    let news = snapshot.absorb(try await store.load(since: snapshot.position))
    #expect(news?.isRestored == true)
    #expect(snapshot["shop"]?.quarantine?.cause == .told("the first"))
    #expect(snapshot["shop"]?.token?.generation == 2, "the newer token serves on")
  }

  @Test("K28: a landing between a look at the store and its taking note is no restored backup")
  func landingMeanwhile() async throws {
    let stage = try await Stage(), world = stage.world
    let snapshot = Snapshot()
    let store = world.store("p1")
    try await store.follow(into: snapshot)
    let refresher = world.refresher(store, snapshot: snapshot)
    stage.database.afterNextRead { #expect(await refresher.refresh("shop", .due()).text == "a2") }
    try await store.follow(into: snapshot)
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.row().quarantine == nil)
    #expect(snapshot.token(of: "shop", opening: world.ring)?.secret.exposed == "a2")
  }

  @Test("K28: an answer that comes back to a restored store is offered, not landed, and lands nowhere later")
  func flightAcrossRestore() async throws {
    let stage = try await Stage(), world = stage.world
    let backup = try stage.database.backup()
    try await stage.refreshed()
    let keeper = stage.keeper("p1", clock: world.time.clock)
    let database = stage.database
    stage.upstream.setDown(true)
    world.provider.next { _ in
      try? database.restore(backup)
      return .tokens(access: "a3", refresh: "r3")
    }
    try await world.running(keeper) {
      // What the dead process has left would land in the restored store, and rightly so.
      try await world.until { try world.host.journaled["gone"] == nil }
      world.time.advance(by: .minutes(2))
      let token = try #require(keeper.freshToken(for: "shop"))
      let answer = await withCheckedContinuation { continuation in
        keeper.token(for: "shop", replacing: token) { continuation.resume(returning: $0) }
      }
      #expect(answer.text != "a3", "what has not landed serves nobody")
      #expect(try await world.storedRefreshToken() == "r1")
      #expect(try await world.row().quarantine != nil)
      #expect(try world.host.journaled["p1"] == 1, "it stays in its slot")
      stage.upstream.setDown(false)
      world.time.advance(by: .minutes(10))
      try await world.until {
        world.time.advance(by: .milliseconds(200))
        return try await world.storedRefreshToken() == "r3" && world.host.journaled["p1"] == 0
      }
      #expect(try await world.storedRefreshToken() == "r3", "the keeper checks by itself")
      #expect(try world.host.journaled["p1"] == 0)
    }
    #expect(try await world.row().quarantine == nil)
    #expect(world.provider.presented == ["r1", "r2"])
  }

  @Test(
    "K28: what a dead process's journal holds is compared after the store is: it is offered, and adopted by a check")
  func journalAcrossRestore() async throws {
    let (stage, keeper) = try await offered()
    let world = stage.world
    try await keeper.settlement.settle()
    let stored = try await world.storedRefreshToken(), journaled = try world.host.journaled
    #expect(stored == "r1")
    #expect(try await world.row().quarantine != nil)
    #expect(journaled == ["p1": 1])
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 3))
    #expect(try await world.storedRefreshToken() == "r3")
    #expect(try world.host.journaled["p1"] == nil, "what is landed for good leaves the journal")
    #expect(try await world.row().quarantine == nil)
  }

  @Test("K28: a provider that does not rotate has nothing to lose, and is not set apart")
  func notRotating() async throws {
    let stage = try await Stage { $0.rotates = false }
    stage.world.host.damageWitness()
    try await stage.keeper("p2").start()
    #expect(try await stage.world.row().quarantine == nil)
    #expect(try await stage.wouldRefresh())
  }
}
