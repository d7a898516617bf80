import KeeperKit
import OAuth
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// A person approves anew while something of the earlier approval is still about.
struct NewApprovalTests {
  private func answer(_ access: String, _ refresh: String) -> TokenResponse {
    TokenResponse(accessToken: Secret(access), expiresIn: 86_400, refreshToken: Secret(refresh))
  }

  /// A connection that keeps a spare of its first approval, and has failed since.
  private func withSpare() async throws -> KeeperWorld {
    let world = try await KeeperWorld()
    try await world.connect()
    let late = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    _ = await world.refresher("p2").refresh("shop", .due(1))
    _ = try await world.store("p1").land(answer("x", "spare"), of: late, sentAt: world.time.now, clockSkew: .zero)
    world.provider.next(.notSent("no route"))
    _ = await world.refresher("p2").refresh("shop", .due(2))
    world.time.advance(by: .minutes(10))
    _ = try #require(try await world.claim("p2", seen: 2))
    return world
  }

  @Test("K3: a new approval drops the spare, the doubt, the lease and the pause of the old one")
  func dropsAll() async throws {
    let world = try await withSpare()
    let before = try await world.row()
    #expect(before.spare != nil && before.intent != nil && before.lease != nil && before.spent != nil)
    #expect(before.retryAt != nil && before.failures == 1 && before.trouble != nil)
    try await world.connect(token: "anew", access: "fresh")
    let after = try await world.row()
    #expect(after.spare == nil && after.intent == nil && after.lease == nil && after.spent == nil)
    #expect(after.retryAt == nil && after.failures == 0 && after.trouble == nil)
    #expect(after.epoch > before.epoch && after.generation == before.generation + 1)
  }

  @Test("K3, K14: where the token of a new approval is refused, no spare of the old one is tried")
  func spareIsNotTried() async throws {
    let world = try await withSpare()
    try await world.connect(token: "anew", access: "fresh")
    world.provider.next(.refusal)
    _ = await world.refresher("p3").refresh("shop", Flights.Request(seen: 3, forced: true))
    #expect(world.provider.presented.last == "anew")
    #expect(try await world.row().state == .needsApproval)
  }

  // Some providers give the same refresh token for each approval: the token alone does not tell them apart.

  @Test("K7: a refusal of an older approval says nothing of a newer one", arguments: ["anew", "r1"], [false, true])
  func lateRefusal(_ token: String, _ ambiguous: Bool) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let old = try #require(try await world.claim())
    try await world.connect(token: token, access: "fresh")
    guard case .superseded = try await world.store().refuse(old, words: "revoked", ambiguous: ambiguous) else {
      Issue.record("it was believed")
      return
    }
    let row = try await world.row()
    #expect(row.state == .active && row.loss == nil)
    #expect(try await world.keeper().desk.client("app").stopped == nil)
  }

  @Test("K7, K28: a refusal of a flight that set out before the operator's word is not believed after it")
  func refusalFromBeforeTheWord() async throws {
    let stage = try await QuarantineStage(), world = stage.world
    let claim = try #require(try await world.claim("p1"))
    let backup = try stage.database.backup()
    try await world.connect(token: "n1", access: "b1")
    let keeper = stage.keeper("p2")
    try await keeper.start()
    try stage.database.restore(backup)
    try await keeper.reload()
    _ = try await keeper.desk.trust("shop", offered: false)
    let trusted = try await world.row()
    #expect(trusted.lease == claim.lease && trusted.refresh?.fingerprint == claim.held)

    let refusal = try await world.store("p1").refuse(claim, words: "revoked", ambiguous: false)
    guard case .superseded = refusal else {
      Issue.record("\(refusal)")
      return
    }
    let row = try await world.row()
    #expect(row.state == .active && row.lease == nil, "the next refresh does not wait for the end of a lease")
  }

  @Test("K13: an answer that an older approval lost puts no newer one in doubt", arguments: ["anew", "r1"])
  func lateDoubt(_ token: String) async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let old = try #require(try await world.claim())
    try await world.connect(token: token, access: "fresh")
    let row = try await world.store().doubt(old, because: "it was cut")
    #expect(row.failures == 0 && row.retryAt == nil && row.intent == nil)
  }

  @Test("K1: a flight of an older approval that was not sent puts no newer one off", arguments: ["anew", "r1"])
  func latePutBack(_ token: String) async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let old = try #require(try await world.claim("p1"))
    try await world.connect(token: token, access: "fresh")
    _ = try #require(try await world.claim("p1", seen: 2, forced: true))
    let row = try await world.store("p1").putBack(old, .unreachable(because: "no route"), after: .hours(1))
    #expect(row.failures == 0 && row.retryAt == nil && row.intent != nil && row.lease != nil)
  }

  @Test("K7: that an older approval is switched off for now puts no newer one off", arguments: ["anew", "r1"])
  func lateSuspension(_ token: String) async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let old = try #require(try await world.claim("p1"))
    try await world.connect(token: token, access: "fresh")
    _ = try #require(try await world.claim("p1", seen: 2, forced: true))
    let row = try await world.store("p1").suspend(old, words: "switched off", clockSkew: .zero)
    #expect(row.suspendedAt == nil && row.failures == 0 && row.retryAt == nil)
    #expect(row.intent != nil && row.lease != nil)
  }

  @Test("K3: an approval that comes after a newer one has landed only where the row holds its token")
  func lateApproval() async throws {
    let world = try await KeeperWorld()
    try await world.connect(token: "anew")
    let store = world.store(), client = try await world.keeper().desk.client("app"), now = world.time.now
    func adopt(_ token: String) async throws -> Connection {
      let text = #"{"access_token":"late","refresh_token":"\#(token)","token_type":"bearer","expires_in":86400}"#
      // It was given where there was no connection yet.
      let answer = ApprovalAnswer(
        connection: "shop", client: client, epoch: 0, era: 0, callback: FormFields([]), answer: Secret(text),
        timing: AnswerTiming(sentAt: now, clockSkew: .zero), replacesTenant: false)
      return try await store.adopt(
        try answer.tokens(), as: "shop", client: client,
        identity: Identity(tenant: "acme.example", approver: "ann@example.org"), sentAt: now, replacingTenant: false,
        of: answer)
    }
    do {
      _ = try await adopt("old")
      Issue.record("it was taken for landed")
    } catch ApprovalFault.superseded {}
    #expect(try await adopt("anew").generation == 1)
    #expect(try await world.storedRefreshToken() == "anew")
    #expect(try await world.storedAccessToken() == "a1")
  }

  @Test("K3: an approval begins an epoch that the connection never had, however often it was disconnected")
  func epochAfterDisconnecting() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    for _ in 0..<5 { _ = try await world.store().forget("shop") }
    let before = try await world.row()
    try await world.connect(token: "anew")
    #expect(try await world.row().epoch > before.epoch)
  }
}
