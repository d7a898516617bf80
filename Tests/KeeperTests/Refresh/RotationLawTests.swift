import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper

/// K1 to K7: what a refresh may do to what is stored.
struct RotationLawTests {
  @Test("K1: the intent is committed before the token is presented")
  func intentFirst() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next { _ in
      let row = try? await world.row()
      #expect(row?.intent?.fingerprint == Secret("r1").fingerprint)
      #expect(row?.intent?.epoch == 1)
      #expect(row?.intent?.generation == 1)
      #expect(row?.intent?.process == "p1")
      return .tokens(access: "a2", refresh: "r2")
    }
    let result = await world.refresher().refresh("shop", .due())
    #expect(result.text == "a2")
    #expect(world.provider.presented == ["r1"])
    #expect(try await world.row().intent == nil)
  }

  @Test("K1: a flight that was not sent puts back the doubt it found")
  func notSentPutsBack() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    let doubt = try await world.row().intent
    #expect(doubt != nil)
    world.time.advance(by: .seconds(181))
    world.provider.next(.notSent("refused"))
    _ = await world.refresher("p2").refresh("shop", .due())
    #expect(world.provider.presented == ["r1", "r1"])
    #expect(try await world.row().intent == doubt)
  }

  @Test("K1: a store that cannot be written keeps the token from being presented")
  func unwritableStore() async throws {
    let broken = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: broken)
    try await world.connect()
    broken.breaks = { true }
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.requests.isEmpty)
  }

  @Test("K3: a late success lands although the lease is another's")
  func lateSuccessLands() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let slow = try #require(try await world.claim("slow"))
    world.time.advance(by: .seconds(200))
    _ = try #require(try await world.claim("quick"))
    let tokens = TokenResponse(accessToken: Secret("late-a"), expiresIn: 60, refreshToken: Secret("late-r"))
    guard
      case .landed(let row) = try await world.store("slow").land(
        tokens, of: slow, sentAt: world.time.now, clockSkew: .zero)
    else { throw KeeperError.refused("did not land") }
    #expect(row.generation == 2)
    #expect(try await world.storedRefreshToken() == "late-r")
    #expect(row.lease?.holder == "quick")
  }

  @Test("K3: an answer lands only on the token that was spent for it; another answer to it is kept as a spare")
  func compareAndSet() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let first = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    let second = try #require(try await world.claim("p2"))
    let answers = ["1", "2"].map {
      TokenResponse(accessToken: Secret("a-\($0)"), expiresIn: 86_400, refreshToken: Secret("r-\($0)"))
    }
    _ = try await world.store("p2").land(answers[1], of: second, sentAt: world.time.now, clockSkew: .zero)
    guard
      case .superseded = try await world.store("p1").land(
        answers[0], of: first, sentAt: world.time.now, clockSkew: .zero)
    else { throw KeeperError.refused("overwrote a newer token") }
    #expect(try await world.storedRefreshToken() == "r-2")
    let spare = try #require(try await world.row().spare)
    #expect(try world.ring.open(spare.sealed, at: .spareToken("shop")).exposed == "r-1")
  }

  @Test("K3: a refusal tries the spare first, and its success lands")
  func spareIsTried() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let late = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a2")
    let answer = TokenResponse(accessToken: Secret("x"), expiresIn: 60, refreshToken: Secret("spare"))
    _ = try await world.store("p1").land(answer, of: late, sentAt: world.time.now, clockSkew: .zero)

    world.provider.next(.refusal)
    world.provider.next(.tokens(access: "a-new", refresh: "r-new"))
    let result = await world.refresher("p2").refresh("shop", .due(2))
    #expect(result.text == "a-new")
    #expect(world.provider.presented == ["r1", "r2", "spare"])
    let row = try await world.row()
    #expect(row.state == .active && row.spare == nil)
    #expect(try await world.storedRefreshToken() == "r-new")
  }

  @Test("K3: an answer of an earlier approval is not kept")
  func otherEpoch() async throws {
    // Some providers give the same refresh token for each approval: the token alone does not tell them apart.
    for token in ["approved-anew", "r1"] {
      let world = try await KeeperWorld()
      try await world.connect()
      let old = try #require(try await world.claim())
      try await world.connect(token: token, access: "fresh")
      let answer = TokenResponse(accessToken: Secret("x"), expiresIn: 60, refreshToken: Secret("y"))
      _ = try await world.store().land(answer, of: old, sentAt: world.time.now, clockSkew: .zero)
      #expect(try await world.storedRefreshToken() == token)
      #expect(try await world.storedAccessToken() == "fresh")
      #expect(try await world.row().spare == nil)
    }
  }

  @Test("K5: the token is read under the lease from the row as it is, not from what the caller remembers")
  func readUnderLease() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let stale = Snapshot()
    stale.publish(try await world.store().loadConnection("shop"))
    #expect(await world.refresher("other").refresh("shop", .due()).text == "a2")

    let result = await world.refresher("p1", snapshot: stale).refresh("shop", .due())
    #expect(result.text == "a2")
    #expect(world.provider.presented == ["r1"], "the row had moved on, so nothing was presented")
    guard case .moved = try await world.store().claim("shop", seen: 1, forced: false) else {
      throw KeeperError.refused("a claim for a generation that is gone was granted")
    }
    _ = await world.refresher("p1", snapshot: stale).refresh("shop", .due(2))
    #expect(world.provider.presented == ["r1", "r2"])
  }

  @Test("K6: an answer without a refresh token keeps the one we have")
  func keepsRefreshToken() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.tokens(access: "a2", refresh: nil))
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    #expect(try await world.storedRefreshToken() == "r1")
    world.provider.next(.tokens(access: "a3", refresh: ""))
    #expect(await world.refresher().refresh("shop", .due(2)).text == "a3")
    #expect(try await world.storedRefreshToken() == "r1")
  }

  @Test("K6: a late answer without a refresh token never overwrites a newer access token")
  func lateAnswerWithoutRefreshToken() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let slow = try #require(try await world.claim("slow"))
    world.time.advance(by: .seconds(200))
    world.provider.next(.tokens(access: "newer", refresh: nil))
    #expect(await world.refresher("quick").refresh("shop", .due()).text == "newer")
    let late = TokenResponse(accessToken: Secret("older"), expiresIn: 86_400, refreshToken: nil)
    _ = try await world.store("slow").land(late, of: slow, sentAt: world.time.now, clockSkew: .zero)
    #expect(try await world.storedAccessToken() == "newer")
  }

  @Test(
    "K6: no error body, page, empty or cut answer overwrites anything",
    arguments: [
      TokenEndpointAnswer.body(200, ""), .body(200, "<html>sorry</html>"), .body(200, #"{"access_token":"a2","refre"#),
      .body(200, #"{"access_token":"","refresh_token":""}"#), .body(200, "null"), .body(500, #"{"access_token":"x"}"#),
      .body(302, ""), .body(400, #"{"error":"invalid_request"}"#), .body(503, "busy"), .noAnswer("cut"),
      .notSent("down"),
    ])
  func harmlessAnswers(_ answer: TokenEndpointAnswer) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(answer)
    let snapshot = Snapshot()
    let result = await world.refresher(snapshot: snapshot).refresh("shop", .due())
    #expect(result.text == "a1")
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(try await world.storedAccessToken() == "a1")
    #expect(try await world.row().state == .active)
  }
}
