import KeeperKit
import OAuth
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// How a connection that was set apart is let go on: by a check, or by the operator's word.
extension QuarantineLawTests {
  // MARK: - It is checked

  private func quarantined(_ adjust: (inout Provider) -> Void = { _ in }) async throws -> (Stage, Keeper) {
    let stage = try await Stage(adjust: adjust)
    stage.world.host.damageWitness()
    let keeper = stage.keeper("p2")
    try await keeper.start()
    #expect(try await stage.world.row().quarantine != nil)
    return (stage, keeper)
  }

  private func isTooEarly(_ check: QuarantineCheck, _ words: String) -> Bool {
    if case .tooEarly(let reason) = check { reason.contains(words) } else { false }
  }

  private func isUndecided(_ check: QuarantineCheck, _ words: String) -> Bool {
    if case .undecided(let reason) = check { reason.contains(words) } else { false }
  }

  @Test(
    "K28: a check counts after ten minutes only, for the access token before the newest may outlive its successor's use"
  )
  func tenMinutes() async throws {
    let (stage, keeper) = try await quarantined()
    #expect(isTooEarly(try await keeper.check("shop"), "counts from"))
    stage.world.time.advance(by: .seconds(599))
    #expect(isTooEarly(try await keeper.check("shop"), "counts from"))
    #expect(stage.upstream.calls == 0)
    #expect(try await !stage.wouldRefresh())
    stage.world.time.advance(by: .seconds(1))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
    #expect(stage.upstream.calls == 1)
    #expect(stage.world.provider.requests.isEmpty, "a check spends nothing")
    #expect(try await keeper.check("shop") == .notQuarantined)
    #expect(try await stage.wouldRefresh())
  }

  @Test("K28: a check waits for every process that lives and has not said what it holds")
  func silentProcess() async throws {
    let (stage, keeper) = try await quarantined()
    let world = stage.world
    let sleepy = stage.keeper("sleepy")
    _ = try sleepy.settlement.journals.own()
    world.time.advance(by: .minutes(10))
    #expect(isTooEarly(try await keeper.check("shop"), "sleepy"))
    try await sleepy.reload()
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
  }

  @Test("K28: a check waits while a dead process's journal holds what cannot be read", arguments: [false, true])
  func unreadableJournal(isTaken: Bool) async throws {
    let (stage, keeper) = try await quarantined()
    let journal = try stage.world.host.journals("dead").own()
    try await journal.write(Array("not ours".utf8), to: try #require(journal.reserve()))
    stage.world.host.end("dead")
    let other = stage.world.host.journals("other")
    if isTaken { #expect(try other.abandoned().map(\.process) == ["dead"]) }
    stage.world.time.advance(by: .minutes(10))
    #expect(isTooEarly(try await keeper.check("shop"), "dead"))
  }

  @Test("K28: where nobody holds the newest token a check says so, and nothing is presented")
  func nobodyHoldsIt() async throws {
    let (stage, keeper) = try await quarantined()
    stage.world.time.advance(by: .minutes(10))
    stage.upstream.answer(401)
    #expect(isUndecided(try await keeper.check("shop"), "nobody here holds the newest token"))
    stage.world.time.advance(by: .hours(24))
    stage.upstream.answer(200)
    #expect(isUndecided(try await keeper.check("shop"), "has ended"), "a dead token proves nothing")
    #expect(try await !stage.wouldRefresh())
    #expect(try await stage.world.row().quarantine != nil)
  }

  @Test("K28: an answer that says nothing of the token decides nothing", arguments: [0, 403, 404, 429, 500, 503, 302])
  func sayingNothing(_ status: Int) async throws {
    let (stage, keeper) = try await quarantined()
    stage.world.time.advance(by: .minutes(10))
    status == 0 ? stage.upstream.setDown(true) : stage.upstream.answer(status)
    guard case .tooEarly = try await keeper.check("shop") else { throw KeeperError.refused("decided on \(status)") }
    #expect(try await stage.world.row().quarantine != nil)
  }

  @Test("K1, K28: a check that lifts leaves a doubt about the very token that is held on record")
  func doubtStays() async throws {
    let stage = try await Stage(), world = stage.world
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher("p1").refresh("shop", .due())
    world.host.end("p1")
    let doubt = try #require(try await world.row().intent)
    world.host.damageWitness()
    let keeper = stage.keeper("p2")
    try await keeper.start()
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.check("shop") == .lifted(generation: 1))
    #expect(try await world.row().intent == doubt)
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a1", "the token that lives is used up first")
    #expect(world.provider.requests.count == 1)
  }

  @Test("K28: a connection that changed while it was checked stays set apart")
  func changedMeanwhile() async throws {
    let (stage, keeper) = try await quarantined()
    let world = stage.world
    world.time.advance(by: .minutes(10))
    let (row, offer, _) = try await world.store("p2").quarantined("shop")
    try await world.store("p3").quarantineRotating(.restored(backup: "once more"))
    await #expect(throws: KeeperError.self) {
      _ = try await world.store("p2").lift("shop", adopting: offer, by: .checked, expecting: row)
    }
    #expect(try await world.row().quarantine != nil)
    #expect(isTooEarly(try await keeper.check("shop"), "counts from"), "each restore begins the ten minutes anew")
  }

  // MARK: - It is trusted

  @Test("K28: the operator's word takes what is held, or what is offered, and nothing that is not there")
  func trusted() async throws {
    let (stage, keeper) = try await quarantined()
    await #expect(throws: KeeperError.self) { _ = try await keeper.desk.trust("shop", offered: true) }
    #expect(try await stage.world.row().quarantine != nil)
    #expect(try await keeper.desk.trust("shop", offered: false).generation == 1)
    #expect(try await stage.wouldRefresh())
    #expect(stage.world.provider.presented == ["r1"])
  }

  @Test("K28: what lies in a journal is offered before the operator's word is taken, and is adopted by it")
  func trustsOffer() async throws {
    let (stage, keeper) = try await offered()
    _ = try await keeper.desk.trust("shop", offered: true)
    #expect(try await stage.world.storedRefreshToken() == "r3")
    #expect(try stage.world.host.journaled["p1"] == nil)
    #expect(try await stage.wouldRefresh())
    #expect(stage.world.provider.presented == ["r3"])
  }

  @Test("K28: the operator's word for what is held is not undone by an offer that it passed over")
  func trustsRowOverOffer() async throws {
    let (stage, keeper) = try await offered()
    let world = stage.world
    _ = try await keeper.desk.trust("shop", offered: false)
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(try await world.row().quarantine == nil)
    try await stage.keeper("p3").start()
    try await keeper.settlement.settle()
    #expect(try await world.row().quarantine == nil)
    #expect(try world.host.journaled["p1"] == nil)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
  }

  @Test("K28: a command that only looks leaves no trace once nothing is set apart")
  func noTrace() async throws {
    let (stage, keeper) = try await quarantined()
    let world = stage.world
    world.time.advance(by: .minutes(10))
    _ = try await keeper.check("shop")
    let count = { try await world.database.read { try $0.rows("SELECT process FROM offerings") }.count }
    let before = try await count()
    for number in 0..<5 { try await stage.keeper("command-\(number)").start() }
    #expect(try await count() == before)
  }
}
