import KeeperKit
import OAuth
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// A row that has kept a second answer beside its token, and what becomes of the two (K3, K6, K7, K13).
struct SpareLawTests {
  /// A row with `r2` and the spare `spare`, of a provider that says the same of a wrong client secret.
  private func withSpare(ambiguous: Bool) async throws -> KeeperWorld {
    let world = try await KeeperWorld(tolerant: false) { $0.answers[0].ambiguous = ambiguous }
    try await world.connect()
    let late = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    _ = await world.refresher("p2").refresh("shop", Flights.Request(seen: 1, forced: true))
    let answer = TokenResponse(accessToken: Secret("x"), expiresIn: 60, refreshToken: Secret("spare"))
    _ = try await world.store("p1").land(answer, of: late, sentAt: world.time.now, clockSkew: .zero)
    #expect(try await world.row().spare != nil)
    return world
  }

  @Test("K6: where the spare's success brings no refresh token, the spare is the one that is held")
  func heldFromThen() async throws {
    let world = try await withSpare(ambiguous: false)
    world.provider.next(.refusal)
    world.provider.next(.tokens(access: "a3", refresh: nil))
    #expect(await world.refresher("p2").refresh("shop", .due(2)).text == "a3")
    #expect(try await world.storedRefreshToken() == "spare")
    #expect(try await world.row().spare == nil)
    world.provider.next(.tokens(access: "a4", refresh: nil))
    #expect(await world.refresher("p2").refresh("shop", .due(3)).text == "a4")
    #expect(world.provider.presented.last == "spare")
  }

  @Test("K7: refusals that turn out to be the client's doing have cost the spare as little as the token")
  func refusedBoth() async throws {
    let world = try await withSpare(ambiguous: true)
    try await world.connect("other", token: "o1")
    for _ in 1...2 { world.provider.next(.refusal) }
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(try await world.row().state == .needsApproval)
    try await world.setSecret("another")
    world.provider.next(.refusal)
    _ = await world.refresher("p2").refresh("other", .due())
    #expect(try await world.keeper().desk.client("app").stopped != nil)
    try await world.setSecret("the right one")
    #expect(try await world.row().state == .active)
    world.provider.next(.refusal)
    world.provider.next(.tokens(access: "a9", refresh: "r9"))
    #expect(await world.refresher("p2").refresh("shop", .due(2)).text == "a9")
    #expect(world.provider.presented.suffix(2) == ["r2", "spare"])
  }

  @Test("K1, K13: an ambiguous refusal of the token leaves its doubt on record, also where the spare is tried after it")
  func doubtOfToken() async throws {
    let world = try await withSpare(ambiguous: true)
    world.provider.next(.noAnswer("cut"))
    let sentAt = world.time.now
    _ = await world.refresher("p2").refresh("shop", .due(2))
    world.time.advance(by: .hours(25))
    for _ in 1...2 { world.provider.next(.refusal) }
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(world.provider.presented.suffix(3) == ["r2", "r2", "spare"])
    let row = try await world.row()
    #expect(row.loss?.words.contains("answer lost at \(sentAt.readable)") == true, "\(row.loss?.words ?? "")")
    #expect(row.intent?.fingerprint == Secret("r2").fingerprint)
  }

  @Test("K13: where the answer to the spare was lost, its refusal later is told as that", arguments: [false, true])
  func doubtOfSpare(_ ambiguous: Bool) async throws {
    let world = try await withSpare(ambiguous: ambiguous)
    world.provider.next(.refusal)
    world.provider.next(.noAnswer("cut"))
    let sentAt = world.time.now
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(try await world.row().intent?.fingerprint == Secret("spare").fingerprint)
    world.time.advance(by: .hours(25))
    for _ in 1...2 { world.provider.next(.refusal) }
    _ = await world.refresher("p2").refresh("shop", .due(2))
    #expect(world.provider.presented.suffix(4) == ["r2", "spare", "r2", "spare"])
    let row = try await world.row()
    #expect(row.state == .needsApproval)
    #expect(row.loss?.words.contains("answer lost at \(sentAt.readable)") == true, "\(row.loss?.words ?? "")")
  }
}
