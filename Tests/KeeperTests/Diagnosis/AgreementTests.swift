import KeeperKit
import Store
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// Status, alerts, doctor and a check tell of one connection what follows from one diagnosis.
struct AgreementTests {
  private struct NobodyAsked: OriginProbe {
    func look(at origin: Origin) async -> OriginSight { .silent("nobody was asked") }
  }

  private func kinds(_ keeper: Keeper, _ world: KeeperWorld) async throws -> [AlertKind] {
    let book = keeper.desk.alerts()
    return try await world.database.read { try book.troubles($0) }.map(\.kind)
  }

  @Test("K18: alerts warn of a day exactly where status does: not while the next refresh puts it off")
  func days() async throws {
    let world = try await KeeperWorld { $0.refreshWindowDays = 20 }
    try await world.connect(lifetime: 10 * 86_400)
    let keeper = world.keeper()
    world.time.advance(by: .days(6) + .hours(12))
    #expect(try await keeper.desk.status("shop").state == .ok)
    #expect(try await kinds(keeper, world) == [])
    try await world.database.write { try $0.execute("UPDATE clients SET stopped = 'it answered 401 invalid_client'") }
    let status = try await keeper.desk.status("shop")
    #expect(status.mustAct && status.trouble?.contains("forgets the grant") == true, "\(status)")
    #expect(try await kinds(keeper, world) == [.personNeededIn14Days, .clientRefused])
  }

  @Test(
    "a failure that was left over from before a quarantine is no failing refresh, for alerts no more than for status")
  func leftOver() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    world.provider.next(.notSent("no such host"))
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await kinds(keeper, world) == [.notRefreshed])
    try await world.store().quarantineRotating(.told("an old disk"))
    _ = try await keeper.desk.trust("shop", offered: false)
    #expect(try await keeper.desk.status("shop").state == .ok)
    #expect(try await kinds(keeper, world) == [])
  }

  enum Quarantined: CaseIterable { case nothingToAsk, olderLiveOn, ended, sealed, notAtHand }

  @Test(
    "K28: a check that cannot tell gives the reason that status and the alert have given",
    arguments: Quarantined.allCases)
  func checked(_ what: Quarantined) async throws {
    let stage = try await QuarantineStage {
      if what == .nothingToAsk { $0.userinfo = nil }
      if what == .olderLiveOn { $0.endsAccessTokens = false }
    }
    let world = stage.world
    world.host.damageWitness()
    let keeper = stage.keeper("p2")
    try await keeper.start()
    world.time.advance(by: what == .ended ? .hours(25) : .minutes(10))
    switch what {
    case .sealed: try await world.database.write { try $0.execute("UPDATE connections SET access_token = x'00'") }
    case .notAtHand:
      var offer = try #require(Offer(try await world.row()))
      offer.generation += 1
      (offer.fingerprint, offer.refresh) = ([1], nil)
      try await world.store().offer([offer])
    default: break
    }
    let status = try await keeper.desk.status("shop"), book = keeper.desk.alerts()
    let alert = try await world.database.read { try book.troubles($0) }.first { $0.kind == .quarantined }
    guard case .undecided(let words) = try await keeper.check("shop") else {
      Issue.record("decided")
      return
    }
    #expect(stage.upstream.calls == 0)
    #expect(status.nextStep?.contains(words) == true, "\(words) / \(status.nextStep ?? "")")
    #expect(alert?.nextStep.contains(words) == true, "\(alert?.nextStep ?? "")")
  }

  @Test("K30: doctor says of a quarantine and of a lost answer what status says")
  func examined() async throws {
    let world = try FileWorld(changing: ["tolerates_retry": "false"])
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    try await world.refresh()
    world.time.advance(by: .minutes(4))
    func finding(_ check: Finding.Check) async -> Finding? {
      await Doctor.examine(
        world.folder, providers: world.providers, probe: NobodyAsked(), serverProbe: NobodyAsked(), clock: world.clock
      ).findings.first { $0.check == check }
    }
    let doubt = try #require(await finding(.doubt))
    let keeper = try await world.keeper()
    let lost = try await keeper.desk.status("shop")
    #expect(!lost.mustAct && doubt.verdict == .ok)
    #expect(lost.nextStep.map { doubt.says.hasSuffix($0) } == true, "\(doubt.says) / \(lost.nextStep ?? "")")
    try await keeper.store.quarantineRotating(.told("an old disk"))
    let status = try await keeper.desk.status("shop")
    keeper.putAway()
    try world.stop()
    #expect(status.state == .quarantined && status.nextStep != nil)
    #expect(await finding(.quarantine)?.remedy == status.nextStep)
  }
}
