import KeeperKit
import OAuth
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// K28: what is offered beside a restored row, and what the operator's word makes of it.
struct OfferLawTests {
  private func salesforce() throws -> Provider {
    try #require(ProviderCatalogue.builtIn().entries["salesforce"])
  }

  @Test("K28: an offer names the generation that each of its tokens was sealed under, where no new refresh token comes")
  func generations() async throws {
    let entry = try salesforce()
    let stage = try await QuarantineStage { $0 = entry }, world = stage.world
    let keeper = stage.keeper("server")
    for generation in 2...30 { try await stage.landed(access: "a\(generation)", refresh: nil) }
    let backup = try stage.database.backup()
    for generation in 31...50 { try await stage.landed(access: "a\(generation)", refresh: nil) }
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await stage.unopened() == [])
    let status = try await keeper.desk.trust("shop", offered: true)
    #expect(status.generation == 50)
    #expect(try await world.row().refresh?.generation == 1)
    #expect(try await world.storedAccessToken() == "a50")
    #expect(try await world.storedRefreshToken() == "r1")
    world.provider.next(.tokens(access: "a51", refresh: nil))
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.row().generation == 51)
  }

  @Test("K28: a second backup under a running keeper does not lose what it has offered beside the first")
  func secondBackup() async throws {
    for isNoticedByAnother in [false, true] {
      let stage = try await QuarantineStage(), world = stage.world
      let keeper = stage.keeper("p1")
      let backup = try stage.database.backup()
      try await stage.landed(access: "a2", refresh: "r2")
      try await keeper.start()
      for _ in 1...3 {
        try stage.database.restore(backup)
        if isNoticedByAnother { try await stage.keeper("p2").start() }
        try await keeper.reload()
        #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a2")
        #expect(try await world.store().quarantined("shop").1?.generation == 2)
      }
      _ = try await keeper.desk.trust("shop", offered: true)
      #expect(try await world.storedRefreshToken() == "r2")
      #expect(try await world.row().quarantine == nil)
      #expect(try await stage.wouldRefresh())
      #expect(world.provider.presented == ["r2"])
    }
  }

  /// Whose the connection has become after the backup was made.
  enum Other: CaseIterable {
    case client, tenant, approver

    func approve(_ world: KeeperWorld) async throws {
      if self == .client {
        try await world.connect(token: "x1", access: "y1", client: "second")
        return
      }
      let identity = Identity(
        tenant: self == .tenant ? "rival.example" : "acme.example",
        approver: self == .approver ? "ben@example.org" : "ann@example.org")
      _ = try await world.store().adopt(
        TokenResponse(accessToken: Secret("y1"), expiresIn: 86_400, refreshToken: Secret("x1")), as: "shop",
        client: try await world.keeper().desk.client("app"), identity: identity, sentAt: world.time.now,
        replacingTenant: true)
    }
  }

  @Test(
    "K28: what memory has of another client, tenant or person is neither offered to a restored row nor served for it",
    arguments: Other.allCases)
  func othersInMemory(_ other: Other) async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    try await other.approve(world)
    let keeper = stage.keeper("p1")
    try await keeper.start()
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "y1")
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await world.row().quarantine != nil)
    #expect(try await stage.events("offered") == 0)
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "a1")
  }

  @Test(
    "K3, K28: an approval beside a restored row begins an epoch that memory never had, though no mark is of that store",
    arguments: [nil, Other.tenant])
  func epochBeyondMemory(_ other: Other?) async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    for count in 1...3 { try await world.connect(token: "n\(count)") }
    try await other?.approve(world)
    let keeper = stage.keeper("p1")
    try await keeper.start()
    try stage.database.restore(backup)
    // Whoever found a double under the old name has given the store another since.
    try await world.database.write { try $0.execute("UPDATE store_state SET store = 'of before'") }
    try await keeper.reload()
    #expect(try await world.row().quarantine != nil)
    try await world.connect(token: "newest", access: "b9")
    try await keeper.reload()
    #expect(try await world.row().quarantine == nil)
    #expect(keeper.freshToken(for: "shop")?.secret.exposed == "b9")
  }

  @Test(
    "K28: an answer in a journal to another client, tenant or person is not offered to a restored row, and says so once",
    arguments: Other.allCases)
  func othersInJournal(_ other: Other) async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    try await other.approve(world)
    try await stage.journaled(access: "y2", refresh: "x2")
    try stage.database.restore(backup)
    let keeper = stage.keeper("p2")
    try await keeper.start()
    try await keeper.settlement.settle()
    #expect(try await world.row().quarantine != nil)
    #expect(try await stage.events("offered") == 0)
    #expect(try await stage.events("answer_not_kept") == 1)
    _ = try await keeper.desk.trust("shop", offered: false)
    let era = try await stage.era()
    try await keeper.settlement.settle()
    #expect(try await stage.era() == era, "nothing is set apart again")
    #expect(try await stage.events("answer_not_kept") == 1)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
  }

  // MARK: - Several offers

  /// A store that was set back under two keepers, which have offered what they remember: the one a refresh of that
  /// moment, the other what has followed an hour later.
  private func remembered(
    then: (QuarantineStage) async throws -> Void
  ) async throws -> (stage: QuarantineStage, keeper: Keeper, first: Timestamp) {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    world.time.advance(by: .hours(1))
    let first = world.time.now
    try await stage.landed(access: "a2", refresh: "r2")
    let keeper = stage.keeper("p1"), other = stage.keeper("p2")
    try await keeper.start()
    world.time.advance(by: .hours(1))
    try await then(stage)
    try await other.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    try await other.reload()
    #expect(try await stage.events("offered") == 2)
    return (stage, keeper, first)
  }

  @Test("K13, K28: a token that the operator trusts over newer ones is in doubt since the first of them was got")
  func datedDoubt() async throws {
    let (stage, keeper, first) = try await remembered { try await $0.landed(access: "a3", refresh: "r3") }
    let world = stage.world
    _ = try await keeper.desk.trust("shop", offered: false)
    let doubt = try #require(try await world.row().intent)
    #expect(doubt.fingerprint == Secret("r1").fingerprint && doubt.at == first)
    world.provider.next(.refusal)
    #expect(try await stage.wouldRefresh())
    let loss = try #require(try await world.row().loss)
    #expect(loss.words.contains("answer lost at \(first.readable)"), "\(loss)")
  }

  @Test("K3, K28: of the tokens of two approvals that are offered, those of the newer approval are adopted")
  func newerApproval() async throws {
    let (stage, keeper, _) = try await remembered { try await $0.world.connect(token: "n1", access: "b1") }
    let world = stage.world
    _ = try await keeper.desk.trust("shop", offered: true)
    #expect(try await world.storedAccessToken() == "b1")
    #expect(try await world.storedRefreshToken() == "n1")
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["n1"])
  }

  @Test("K3, K28: what the operator trusts over a newer approval is of the next epoch, and is not set apart again")
  func trustedOverApproval() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    try await world.connect("other", token: "o1", access: "o-a1")
    let backup = try stage.database.backup()
    try await world.connect(token: "n1", access: "b1")
    let approved = try await world.row().epoch
    for count in 2...4 { try await world.connect("other", token: "o\(count)", access: "o-a\(count)") }
    let keeper = stage.keeper("p1")
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await stage.events("offered") == 2)
    _ = try await keeper.desk.trust("shop", offered: false)
    #expect(try await world.row().epoch == approved + 1, "whatever is offered for another connection")
    let era = try await stage.era()
    for _ in 1...3 {
      keeper.snapshot.forgetPosition()
      try await keeper.reload()
    }
    #expect(try await stage.era() == era)
    #expect(try await world.row().quarantine == nil)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
  }

  // MARK: - Without a refresh token

  @Test("K28: what memory has of a grant that is disconnected in the restored backup sets others apart once")
  func disconnectedInBackup() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    try await world.connect("other", token: "o1", access: "o-a1")
    _ = try await world.store().forget("shop")
    let backup = try stage.database.backup()
    try await world.connect(token: "n1", access: "b1")
    let keeper = stage.keeper("p1")
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    #expect(try await world.row("other").quarantine != nil)
    #expect(try await stage.events("offered") == 1)
    _ = try await keeper.desk.trust("other", offered: false)
    let era = try await stage.era()
    for _ in 1...3 {
      keeper.snapshot.forgetPosition()
      try await keeper.reload()
    }
    #expect(try await stage.era() == era)
    #expect(try await world.row("other").quarantine == nil)
    #expect(try await world.row().state == .disconnected)
  }

  @Test(
    "K6, K28: an answer without a refresh token is offered with the one that was presented, where the row holds that")
  func presentedIsNewest() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let backup = try stage.database.backup()
    for generation in 2...5 { try await stage.landed(access: "a\(generation)", refresh: nil) }
    try await stage.journaled(access: "a6", refresh: nil)
    try stage.database.restore(backup)
    let keeper = stage.keeper("p2")
    try await keeper.start()
    try await keeper.settlement.settle()
    #expect(try await stage.unopened() == [])
    _ = try await keeper.desk.trust("shop", offered: true)
    #expect(try await world.storedAccessToken() == "a6")
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(try world.host.journaled["p1"] == nil)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
  }

  @Test(
    "K3, K28: where nobody holds the presented token that fact is offered, and the operator's word ends it for good")
  func trustEndsIt() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    try await world.connect("other", token: "o1", access: "o-a1")
    let backup = try stage.database.backup()
    try await stage.landed(access: "a2", refresh: "r2")
    try await stage.journaled(access: "a3", refresh: nil)
    try stage.database.restore(backup)
    let keeper = stage.keeper("p2")
    try await keeper.start()
    try await keeper.settlement.settle()
    #expect(try world.host.journaled["p1"] == 1, "it stays in its slot")
    world.time.advance(by: .minutes(10))
    guard case .undecided(let words) = try await keeper.check("shop") else {
      throw KeeperError.refused("a token that is not at hand was taken for another")
    }
    #expect(words.contains("not at hand"))
    #expect(stage.upstream.calls == 0)
    let status = try await keeper.desk.status("shop")
    #expect(status.nextStep?.contains("evergrant reconnect shop") == true, "\(status.nextStep ?? "")")
    await #expect(throws: KeeperError.self) { _ = try await keeper.desk.trust("shop", offered: true) }

    for name in ["shop", "other"] { _ = try await keeper.desk.trust(name, offered: false) }
    let era = try await stage.era()
    for process in ["p3", "p4"] {
      world.time.advance(by: .minutes(2))
      let later = stage.keeper(process)
      try await later.start()
      try await later.settlement.settle()
    }
    #expect(try await stage.era() == era, "nothing is set apart again")
    for name in ["shop", "other"] { #expect(try await world.row(name).quarantine == nil) }
    #expect(try world.host.journaled["p1"] == nil)
    #expect(try await stage.wouldRefresh())
    #expect(world.provider.presented == ["r1"])
  }

  @Test("K28: an answer that a row without rotation is behind sets nothing apart, and leaves its slot")
  func notRotating() async throws {
    let stage = try await QuarantineStage { $0.rotates = false }, world = stage.world
    let backup = try stage.database.backup()
    try await stage.landed(access: "a2", refresh: nil)
    try await stage.journaled(access: "a3", refresh: nil)
    try stage.database.restore(backup)
    let keeper = stage.keeper("p2")
    try await keeper.start()
    let era = try await stage.era()
    for _ in 1...3 { try await keeper.settlement.settle() }
    #expect(try await stage.era() == era)
    #expect(try world.host.journaled["p1"] == nil)
    #expect(try await world.row().quarantine == nil)
  }

  @Test(
    "K28: a grant that was approved after the backup, which has it disconnected, is offered once and comes back by a word"
  )
  func approvedSince() async throws {
    for isDisconnectedAgain in [false, true] {
      let stage = try await QuarantineStage(), world = stage.world
      try await world.connect("other", token: "o1", access: "o-a1")
      _ = try await world.store().forget("shop")
      let backup = try stage.database.backup()
      try await world.connect(token: "n1", access: "b1")
      try await stage.journaled(access: "b2", refresh: "n2")
      try stage.database.restore(backup)
      let keeper = stage.keeper("p2")
      try await keeper.start()
      try await keeper.settlement.settle()
      _ = try await keeper.desk.trust("other", offered: false)
      if isDisconnectedAgain {
        _ = try await world.store().forget("shop")
      } else {
        _ = try await keeper.desk.trust("shop", offered: true)
        #expect(try await world.storedRefreshToken() == "n2")
      }
      let era = try await stage.era()
      for _ in 1...3 { try await keeper.settlement.settle() }
      #expect(try await stage.era() == era)
      #expect(try await world.row("other").quarantine == nil)
      #expect(try await world.row().state == (isDisconnectedAgain ? .disconnected : .active))
      #expect(try world.host.journaled["p1"] == nil)
    }
  }
}
