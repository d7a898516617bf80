import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// What only an operator can decide.
struct TrustTests {
  /// A process has presented the token, left in its journal what nobody can open, and died.
  private func stuck() async throws -> (KeeperWorld, Keeper) {
    let world = try await KeeperWorld()
    try await world.connect()
    _ = try #require(try await world.claim("other"))
    let journal = try world.host.journals("other").own()
    try await journal.write([1, 2, 3], to: try #require(journal.reserve()))
    return (world, world.keeper())
  }

  @Test("K13: a journal that cannot be read holds a refresh up until the operator declares its process gone")
  func gone() async throws {
    let (world, keeper) = try await stuck()
    world.host.end("other")
    world.time.advance(by: .minutes(4))
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.requests.isEmpty)
    let status = try await keeper.desk.status("shop")
    #expect(status.mustAct && status.isServed)
    #expect(status.nextStep?.contains("evergrant trust shop --gone other") == true, "\(status.nextStep ?? "")")
    let alerts = try await world.database.read { [book = keeper.desk.alerts()] in try book.troubles($0) }
    #expect(alerts.map(\.kind) == [.notRefreshed] && alerts.first?.nextStep == status.nextStep)

    let freed = try await keeper.desk.declareGone("other", for: "shop")
    #expect(!freed.mustAct && freed.trouble?.contains("was lost") == true, "the doubt itself stays")
    #expect(try await world.events().last?.kind == "declared_gone")
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.row().loss?.words.contains("answer lost at") == true)
  }

  @Test("K13: a process that lives, another than the one on record, or none in doubt is not declared gone")
  func notGone() async throws {
    let (world, keeper) = try await stuck()
    for process in ["other", "third"] {
      await #expect(throws: KeeperError.self) { try await keeper.desk.declareGone(process, for: "shop") }
    }
    #expect(try await world.row().intent?.process == "other")
    try await world.connect("calm", token: "r9")
    await #expect(throws: KeeperError.self) { try await keeper.desk.declareGone("third", for: "calm") }
  }

  @Test("K28: trusting what is not quarantined is refused, and wipes no doubt")
  func notQuarantined() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    await #expect(throws: KeeperError.self) { try await world.keeper().desk.trust("shop", offered: false) }
    #expect(try await world.row().intent != nil)
  }

  @Test(
    "K28: a quarantined connection says why, until when a check does not count, and is refreshed again once trusted")
  func trusted() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    try await keeper.start()
    try await world.store().quarantineRotating(.told("an old disk"))
    let counts = world.time.now + .minutes(10)
    let status = try await keeper.desk.status("shop")
    #expect(status.state == .quarantined && status.isServed && status.mustAct)
    #expect(status.trouble?.contains("an old disk") == true)
    #expect(status.nextStep?.contains(counts.readable) == true)
    #expect(status.nextRefreshAt == nil)
    await #expect(throws: KeeperError.self) { try await keeper.desk.trust("shop", offered: true) }
    #expect(try await keeper.desk.trust("shop", offered: false).state == .ok)
    #expect(try await world.events().map(\.kind) == ["approved", "quarantined", "trusted"])
    #expect(try await keeper.desk.verifyEvents().broken == nil)
  }

  @Test(
    "K13, K28: the operator's word about a connection that was set apart does not end the lease of a flight in the air")
  func flightInTheAir() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.time.advance(by: .hours(25))
    let flight = try #require(try await world.claim("p1"))
    try await world.store("p2").quarantineRotating(.noWitness)
    _ = try await world.keeper("operator").desk.trust("shop", offered: false)
    #expect(try await world.claim("p2") == nil)
    #expect(try await world.row().lease == flight.lease)
    world.time.advance(by: .seconds(181))
    #expect(try await world.claim("p2") != nil)
  }

  @Test(
    "K13, K28: where the operator's word passed newer tokens over, a refusal of the stored one is told as what it is")
  func passedOver() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    world.time.advance(by: .hours(1))
    let spentAt = world.time.now
    try await stage.landed(access: "a2", refresh: "r2")
    let keeper = stage.keeper("p1")
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await keeper.desk.status("shop").nextStep?.contains("evergrant trust shop --offered") == true)
    _ = try await keeper.desk.trust("shop", offered: false)
    world.provider.next(.refusal)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
    let row = try await world.row()
    #expect(row.loss?.words.contains("answer lost at \(spentAt.readable)") == true, "\(row.loss?.words ?? "")")
  }

  @Test("K13, K28: an approval that the operator's word passes over puts no token of the one before in doubt")
  func approvalPassedOver() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    try await world.connect(token: "n1", access: "b1")
    let keeper = stage.keeper("p1")
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await world.store().quarantined("shop").1?.fingerprint == Secret("n1").fingerprint)
    _ = try await keeper.desk.trust("shop", offered: false)
    #expect(try await world.row().intent == nil)
  }
}
