import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Wire

/// What an answer leaves in the store where it lands, and what is told of one that does not (K3, K19).
struct LandingTests {
  private let answer = TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"))

  @Test("K19: an answer that lands ends the pause that a failure has begun meanwhile")
  func endsPause() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let claim = try #require(try await world.claim())
    let now = world.time.now, later = now + .hours(1)
    try await world.database.write {
      try $0.execute(
        "UPDATE connections SET retry_at = $1, retry_from = $2, failures = 3, trouble = $3", later, now,
        Trouble.unavailable(words: "503"))
    }
    guard case .landed(let row) = try await world.store().land(answer, of: claim, sentAt: now, clockSkew: .zero) else {
      Issue.record("it did not land")
      return
    }
    #expect(row.retryAt == nil && row.trouble == nil)
    #expect(try await world.claim(seen: 2) != nil, "the next refresh need not wait")
  }

  @Test("K3: an answer of an approval that was replaced is told of among what happened to its connection")
  func toldOf() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let claim = try #require(try await world.claim())
    try await world.connect(token: "n1", access: "b1")
    let landing = try await world.store().land(answer, of: claim, sentAt: world.time.now, clockSkew: .zero)
    guard case .superseded = landing else {
      Issue.record("it landed")
      return
    }
    #expect(try await world.storedRefreshToken() == "n1")
    let query = "SELECT detail FROM events WHERE connection = 'shop' AND kind = 'answer_not_kept'"
    let told = try await world.database.read { try $0.row(query)?["detail"] as String? }
    #expect(told == "an answer came for an approval that a newer one has replaced")
  }
}
