import KeeperKit
import OAuth
import Operator
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// How long a quarantine lasts, by which clock, who waits for it, and what status says meanwhile.
struct QuarantineWaitTests {
  /// An API that never answers.
  private final class Hanging: Upstream {
    private let time: VirtualTime
    private let asked = Mutex(0)
    var calls: Int { asked.withLock { $0 } }

    init(_ time: VirtualTime) { self.time = time }

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      asked.withLock { $0 += 1 }
      try await time.clock.sleep(.days(365))
      return UpstreamResponse(status: 200, body: [])
    }
  }

  @Test(
    "K20: an API that never answers a check holds up no call, no revocation and no pause, and no stop of the server")
  func hanging() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    try await world.connect("other", token: "o1", access: "o-a1")
    let command = world.keeper("command")
    try await command.start()
    let rules = [APIKey.Rule("GET /x")].compactMap(\.self)
    let key = try await command.desk.addKey("nightly", connection: "other", rules: rules, handsOutTokens: false)
    world.host.damageWitness()
    let upstream = Hanging(world.time)
    let keeper = world.keeper("server", clock: world.time.clock, upstream: upstream)
    func pass(until isDone: () -> Bool) async {
      for _ in 0..<5_000 where !isDone() {
        world.time.advance(by: .milliseconds(200))
        for _ in 0..<20 { await Task.yield() }
      }
    }
    try await world.running(keeper) {
      world.time.advance(by: .minutes(10))
      await pass { upstream.calls > 1 }
      #expect(upstream.calls > 1)
      world.time.advance(by: .minutes(5))
      world.time.advance(by: .minutes(1))
      await pass { keeper.freshToken(for: "other") != nil }
      #expect(keeper.freshToken(for: "other")?.secret.exposed == "o-a1")
      #expect(keeper.key(presented: key) != nil && keeper.route(to: "other") != nil)
      try await command.desk.revokeKey("nightly")
      try await command.desk.pause("other")
      await pass { keeper.key(presented: key) == nil && keeper.route(to: "other") == nil }
      #expect(keeper.key(presented: key) == nil)
      #expect(keeper.route(to: "other") == nil)
    }
  }

  /// How often each was begun.
  private final class Tally: Sendable {
    private let state = Mutex<[String: Int]>([:])
    var counts: [String: Int] { state.withLock { $0 } }
    func note(_ name: String) { state.withLock { $0[name, default: 0] += 1 } }
  }

  @Test("K20, K28: so many checks of one client are under way at once, and those of another have room beside them")
  func room() async throws {
    let world = try await KeeperWorld()
    for number in 1...30 { try await world.connect("slow\(number)", token: "s\(number)", client: "slow") }
    for number in 1...3 { try await world.connect("quick\(number)", token: "q\(number)", client: "quick") }
    let snapshot = Snapshot()
    try await world.store().follow(into: snapshot)
    let holdings = (1...30).compactMap { snapshot["slow\($0)"] } + (1...3).compactMap { snapshot["quick\($0)"] }
    let checks = QuarantineChecks(), begun = Tally(), clock = world.time.clock
    let start = clock.uptime()
    await withDiscardingTaskGroup { group in
      group.addTask {
        await checks.run { name in
          begun.note(name)
          if name.hasPrefix("slow") { try? await clock.sleep(.days(1)) }
        }
      }
      for _ in 0..<5_000 where begun.counts["quick3", default: 0] < 3 {
        checks.begin(at: clock.uptime()) { holdings }
        world.time.advance(by: .seconds(1))
        for _ in 0..<20 { await Task.yield() }
      }
      checks.close()
    }
    let counts = begun.counts, minutes = (clock.uptime() - start).components.seconds / 60
    #expect(counts.filter { $0.key.hasPrefix("slow") }.count == 4)
    #expect(counts["quick3"] == 3, "whoever else waits")
    #expect(counts.values.allSatisfy { $0 <= minutes + 1 }, "each once a minute at most")
  }

  private func setApart(_ stage: QuarantineStage) async throws -> Keeper {
    stage.world.host.damageWitness()
    let keeper = stage.keeper("p2")
    try await keeper.start()
    #expect(try await stage.world.row().quarantine != nil)
    return keeper
  }

  @Test("K28: the ten minutes of a check count on a clock that does not step, and begin anew for no restart")
  func clock() async throws {
    let stage = try await QuarantineStage(), time = stage.world.time
    let keeper = try await setApart(stage)
    time.stepWall(by: .hours(1))
    guard case .tooEarly = try await keeper.check("shop") else { throw KeeperError.refused("by the wall") }
    #expect(stage.upstream.calls == 0)
    time.stepWall(by: .hours(-3))
    time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))

    try await stage.world.store().quarantineRotating(.restored(backup: "once more"))
    time.advance(by: .minutes(9))
    time.reboot()
    guard case .tooEarly = try await keeper.check("shop") else { throw KeeperError.refused("by another boot's clock") }
    time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
  }

  @Test("K28: a row that was set apart when wall time counted waits anew")
  func earlierVersion() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    _ = try await setApart(stage)
    try await world.database.write { try $0.execute("UPDATE connections SET quarantined_uptime = NULL") }
    world.time.advance(by: .hours(1))
    let keeper = stage.keeper("p3")
    try await keeper.start()
    guard case .tooEarly = try await keeper.check("shop") else { throw KeeperError.refused("no wait") }
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
  }

  // MARK: - What status says

  @Test("K28: where a check cannot tell, status says to approve again from the first minute on")
  func advice() async throws {
    for (what, isTold) in [("lives", true), ("has ended", false), ("ends before", false), ("cannot be asked", false)] {
      let stage = try await QuarantineStage { if what == "cannot be asked" { $0.endsAccessTokens = false } }
      if what == "has ended" { stage.world.time.advance(by: .hours(25)) }
      if what == "ends before" { stage.world.time.advance(by: .hours(24) - .minutes(5)) }
      let keeper = try await setApart(stage)
      let next = try #require(try await keeper.desk.status("shop").nextStep)
      #expect(next.contains("evergrant check shop") == isTold, "\(what): \(next)")
      #expect(next.contains("evergrant reconnect shop") != isTold, "\(what): \(next)")
      #expect(isTold || next.contains(what), "\(what): \(next)")
    }
  }

  @Test(
    "K28: once the provider has refused what is left, status says that a person is needed, until something newer is offered"
  )
  func refused() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let keeper = try await setApart(stage)
    stage.upstream.answer(401)
    world.time.advance(by: .minutes(10))
    guard case .undecided = try await keeper.check("shop") else { throw KeeperError.refused("decided") }
    var next = try #require(try await keeper.desk.status("shop").nextStep)
    #expect(next.contains("evergrant reconnect shop") && !next.contains("evergrant check"), "\(next)")
    let row = try await world.row()
    var offer = try #require(Offer(row))
    offer.generation += 1
    offer.fingerprint = [1]
    offer.access.sealed = try world.ring.seal(
      Secret("a2"), at: .accessToken("shop", generation: offer.generation), random: .seeded(3))
    try await world.store().offer([offer])
    next = try #require(try await keeper.desk.status("shop").nextStep)
    #expect(next.contains("evergrant check shop"), "\(next)")
  }
}
