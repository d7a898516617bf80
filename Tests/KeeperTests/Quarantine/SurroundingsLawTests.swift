import KeeperKit
import OAuth
import Store
import Testing

@testable import Keeper
@testable import Wire

/// K28: a folder that comes back whole, with its witness, and one that another machine has worked on.
struct SurroundingsLawTests {
  /// A folder as it was: the database and its witness together.
  private struct Folder {
    var database: SQLite
    var mark: WitnessMark?

    init(_ stage: QuarantineStage) throws {
      database = try stage.database.backup()
      mark = stage.world.host.witnessMark
    }

    func putBack(_ stage: QuarantineStage) throws {
      try stage.database.restore(database)
      stage.world.host.witnessMark = mark
    }
  }

  private func start(_ stage: QuarantineStage, _ process: String, _ surroundings: Surroundings) async throws {
    let keeper = stage.keeper(process, surroundings: surroundings)
    try await keeper.start()
    keeper.close()
  }

  /// One refresh by a process that knows its surroundings.
  private func refreshed(_ stage: QuarantineStage, _ surroundings: Surroundings) async throws {
    let keeper = stage.keeper("gone", surroundings: surroundings)
    try await keeper.start()
    guard let claim = try await stage.world.claim("gone", seen: stage.world.row().generation, forced: true) else {
      throw KeeperError.refused("no claim")
    }
    let response = TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"))
    _ = try await keeper.store.land(response, of: claim, sentAt: stage.world.time.now, clockSkew: .zero)
    stage.world.host.end("gone")
  }

  @Test("K28: a data folder that came back whole is noticed by the mark outside it, and by nothing where that is lost")
  func wholeFolder() async throws {
    for isLost in [false, true] {
      let stage = try await QuarantineStage(), world = stage.world
      let surroundings = world.host.surroundings()
      let folder = try Folder(stage)
      try await refreshed(stage, surroundings)
      if isLost { world.host.loseOuterMarks() }
      try folder.putBack(stage)
      try await start(stage, "p2", surroundings)
      #expect((try await world.row().quarantine == nil) == isLost)
      if isLost { continue }
      #expect(try await world.row().quarantine?.cause.words.contains("known of outside") == true)
      #expect(try await !stage.wouldRefresh())
      let era = try await stage.era()
      try await start(stage, "p3", surroundings)
      #expect(try await stage.era() == era, "it is noticed once")
    }
  }

  @Test(
    "K28: of a folder and its double on one machine the one that falls behind is set apart, and the two go on apart")
  func double() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let surroundings = world.host.surroundings()
    try await start(stage, "p1", surroundings)
    let double = try Folder(stage)
    try await refreshed(stage, surroundings)
    let original = try Folder(stage)
    try double.putBack(stage)
    try await start(stage, "p2", surroundings)
    #expect(try await world.row().quarantine != nil)
    let renamed = try Folder(stage)
    try original.putBack(stage)
    try await start(stage, "p3", surroundings)
    #expect(try await world.row().quarantine == nil, "the one that is ahead goes on")
    let era = try await stage.era()
    try renamed.putBack(stage)
    try await start(stage, "p4", surroundings)
    try original.putBack(stage)
    try await start(stage, "p5", surroundings)
    #expect(try await stage.era() == era)
  }

  @Test("K28: data that another machine has worked on is set apart once, and no machine without a name tells anything")
  func moved() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    func start(_ process: String, on machine: String?) async throws -> Bool {
      let era = try await stage.era()
      try await self.start(stage, process, world.host.surroundings(machine: machine))
      return try await stage.era() != era
    }
    #expect(try await !start("p1", on: nil))
    #expect(try await !start("p2", on: "one"), "the first to be known")
    #expect(try await !start("p3", on: "one"))
    #expect(try await !start("p4", on: nil))
    #expect(try await start("p5", on: "two"))
    #expect(try await world.row().quarantine?.cause == .otherMachine)
    #expect(try await !stage.wouldRefresh())
    #expect(try await !start("p6", on: "two"))
    #expect(try await start("p7", on: "one"))
  }

  @Test("K28: a wait that another machine's clock has counted begins anew on this one")
  func waitsAnew() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    try await start(stage, "p1", world.host.surroundings(machine: "one"))
    try await world.store().quarantineRotating(.told("an old disk"))
    world.time.advance(by: .hours(1))
    let keeper = stage.keeper("p2", surroundings: world.host.surroundings(machine: "two"))
    try await keeper.start()
    guard case .tooEarly = try await keeper.check("shop") else {
      throw KeeperError.refused("by another machine's clock")
    }
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
  }

  @Test("K28: the wait of a row that another machine has set apart without a token begins anew on this one too")
  func waitsAnewWithoutToken() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    _ = try await world.store().forget("shop")
    let backup = try stage.database.backup()
    try await world.connect(token: "n1", access: "b1")
    try await stage.journaled(access: "b2", refresh: "n2")
    try stage.database.restore(backup)
    let first = stage.keeper("p2", surroundings: world.host.surroundings(machine: "one"))
    try await first.start()
    try await first.settlement.settle()
    let row = try await world.row()
    #expect(row.quarantine != nil && row.refresh == nil)
    first.close()
    world.host.end("p2")
    world.time.advance(by: .hours(1))
    let keeper = stage.keeper("p3", surroundings: world.host.surroundings(machine: "two"))
    try await keeper.start()
    guard case .tooEarly = try await keeper.check("shop") else {
      throw KeeperError.refused("by another machine's clock")
    }
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 3))
    #expect(try await world.storedRefreshToken() == "n2")
  }

  @Test("K28: whoever has a wait in memory hears that it begins anew, although its row is not touched")
  func waitsAnewInMemory() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    try await start(stage, "p1", world.host.surroundings(machine: "one"))
    let store = world.store(), snapshot = Snapshot()
    _ = try await store.forget("shop")
    try await world.database.write { db in try store.setApart("shop", .behindSpent, db) }
    try await store.follow(into: snapshot)
    let before = try await world.row()
    #expect(snapshot["shop"]?.quarantine == before.quarantine)
    world.time.advance(by: .hours(1))
    try await start(stage, "p2", world.host.surroundings(machine: "two"))
    let after = try await world.row()
    #expect(after.touched == before.touched && after.quarantine?.uptime != before.quarantine?.uptime)
    try await store.follow(into: snapshot)
    #expect(snapshot["shop"]?.quarantine == after.quarantine)
  }
}
