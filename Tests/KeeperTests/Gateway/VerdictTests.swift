import KeeperKit
import Testing

@testable import Keeper

/// What the API says of a token that nobody can renew counts for that very token.
struct VerdictTests {
  private func verdict(_ status: Int, _ token: AccessToken.Version, _ world: KeeperWorld) throws -> KeyUsage.Verdict {
    try #require(
      KeyUsage.Verdict(
        CallRecord(
          key: "nightly", connection: "shop", method: "GET", path: "/x", token: token, answer: status, status: status,
          at: world.time.now, duration: .zero)))
  }

  @Test("a refusal of a token that was replaced says nothing of the new one, and one of the new one does")
  func ofThatToken() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let old = try await world.row()
    // Disconnecting counts as a version, and as no generation.
    _ = try await world.store().forget("shop")
    try await world.connect(token: "anew")
    try await world.database.write { try $0.execute("UPDATE connections SET refresh_token = NULL") }
    let row = try await world.row()
    #expect(row.version != row.generation)
    try await world.store().note(verdict(401, .init(epoch: old.epoch, generation: old.generation), world))
    try await world.store().note(verdict(401, .init(epoch: row.epoch, generation: old.generation), world))
    #expect(try await world.row().trouble == nil)
    let current = AccessToken.Version(epoch: row.epoch, generation: row.generation)
    try await world.store().note(verdict(401, current, world))
    #expect(try await world.row().trouble != nil)
    try await world.store().note(verdict(200, current, world))
    #expect(try await world.row().trouble == nil)
  }

  @Test("what the API says of a token that can be renewed makes no trouble, and ends none that its refresh has")
  func renewable() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let row = try await world.row()
    let token = AccessToken.Version(epoch: row.epoch, generation: row.generation)
    try await world.store().note(verdict(401, token, world))
    #expect(try await world.row().trouble == nil)
    world.provider.next(.notSent("no route"))
    _ = await world.refresher().refresh("shop", .due())
    let trouble = try #require(try await world.row().trouble)
    try await world.store().note(verdict(200, token, world))
    #expect(try await world.row().trouble == trouble)
  }
}
