import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Wire

/// An answer to a token that the store, set back, has never held (K28).
struct OfferTests {
  @Test("K28: an answer that a store is behind is offered with its own times", arguments: [nil, Int64(5000)])
  func times(window: Int64?) async throws {
    let world = try await KeeperWorld { $0.refreshWindowDays = 45 }
    try await world.connect()
    let claim = try #require(try await world.claim())
    try await world.database.write { try $0.execute("UPDATE connections SET generation = 0") }
    var response = TokenResponse(accessToken: Secret("a9"), expiresIn: 600, refreshToken: Secret("r9"))
    response.refreshTokenExpiresIn = window
    let sentAt = world.time.now
    world.time.advance(by: .seconds(7))
    guard case .behind = try await world.store().land(response, of: claim, sentAt: sentAt, clockSkew: .zero) else {
      Issue.record("it landed")
      return
    }
    let offer = try #require(try await world.store().quarantined("shop").1)
    #expect(offer.epoch == claim.connection.epoch && offer.generation == 2)
    #expect(offer.access.from == sentAt && offer.access.until == sentAt + .seconds(600))
    #expect(offer.refresh?.until == sentAt + (window.map { .seconds($0) } ?? .days(45)))
    #expect(offer.refresh?.fingerprint == Secret("r9").fingerprint)
  }

  @Test("K28: memory that is ahead of one row is not calmed by another row that is newer")
  func aheadOfOne() async throws {
    let world = try await KeeperWorld()
    try await world.connect("attic", token: "t1")
    try await world.connect()
    try await world.database.write {
      try $0.execute("UPDATE connections SET epoch = 9, generation = 9 WHERE name = 'attic'")
    }
    let snapshot = Snapshot()
    #expect(await world.refresher("p1", snapshot: snapshot).refresh("shop", .due()).text == "a2")
    try await world.database.write { try $0.execute("UPDATE connections SET generation = 1 WHERE name = 'shop'") }
    try await world.store().follow(into: snapshot)
    #expect(try await world.row("shop").quarantine != nil)
    #expect(try await world.store().quarantined("shop").1?.generation == 2, "what memory holds is offered")
  }

  @Test("K28: an answer that does not say whose it is, as an earlier version journalled it, is offered too")
  func grantorUnknown() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let claim = try #require(try await world.claim())
    try await world.database.write { try $0.execute("UPDATE connections SET generation = 0") }
    let response = TokenResponse(accessToken: Secret("a9"), expiresIn: 600, refreshToken: Secret("r9"))
    var received = Received(response, of: claim, AnswerTiming(sentAt: world.time.now, clockSkew: .zero))
    received.grantor = nil
    guard case .behind = try await world.store().land(received) else {
      Issue.record("it is neither landed nor offered")
      return
    }
    #expect(try await world.store().quarantined("shop").1?.refresh?.fingerprint == Secret("r9").fingerprint)
  }

  @Test(
    "K28: of two offers with one refresh token the newer access token counts, whichever comes first",
    arguments: [[Int64(8), 9], [9, 8]])
  func joined(_ generations: [Int64]) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let row = try await world.row()
    for generation in generations {
      var offer = try #require(Offer(row))
      offer.generation = generation
      try await world.store().offer([offer])
    }
    #expect(try await world.store().quarantined("shop").1?.generation == 9)
  }

  @Test("K28, K3: a new approval ends what was offered beside the row of before")
  func approvalEndsOffers() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    var offer = try #require(Offer(try await world.row()))
    offer.generation += 1
    offer.fingerprint = [1]
    try await world.store().offer([offer])
    try await world.connect(token: "r9", access: "a9")
    let left = try await world.database.read { db in try db.rows("SELECT connection FROM offers").count }
    #expect(left == 0)
  }
}
