import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// A refresh that an operator asks for: by the same rules as every other.
struct OperatorRefreshTests {
  /// A keeper flies once; then it is closed, as a command's is.
  private func refresh(_ world: KeeperWorld, forced: Bool) async throws -> RefreshReport {
    let keeper = world.keeper()
    try await keeper.start()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await keeper.fly() }
      defer { keeper.close() }
      return try await keeper.desk.refresh("shop", forced: forced)
    }
  }

  @Test("what is not due is not refreshed unless it is forced")
  func notDue() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    guard case .notDue = try await refresh(world, forced: false) else { throw KeeperError.refused("refreshed") }
    #expect(world.provider.requests.isEmpty)
    guard case .refreshed(let status) = try await refresh(world, forced: true) else {
      throw KeeperError.refused("not refreshed")
    }
    #expect(status.generation == 2 && status.state == .ok)
    world.time.advance(by: .hours(20))
    guard case .refreshed = try await refresh(world, forced: false) else { throw KeeperError.refused("not refreshed") }
    #expect(world.provider.presented == ["r1", "r2"])
  }

  @Test("K9: a forced refresh beside a process that has the lease sends nothing and takes over what that has landed")
  func besideAnother() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let claim = try #require(try await world.claim("server"))
    guard case .notRefreshed(let status, _) = try await refresh(world, forced: true) else {
      throw KeeperError.refused("refreshed without the lease")
    }
    #expect(status.isServed)
    #expect(world.provider.requests.isEmpty)
    _ = try await world.store("server").land(
      TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"), scope: nil), of: claim,
      sentAt: world.time.now, clockSkew: .zero)
    guard case .notDue(let landed) = try await refresh(world, forced: false) else {
      throw KeeperError.refused("refreshed again")
    }
    #expect(landed.generation == 2 && world.provider.requests.isEmpty)
  }

  @Test("K19: force ends the pause after a failure of ours, and never one that the provider has asked for")
  func pauses() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.advance(by: .hours(20))
    world.provider.next(.notSent("no such host"))
    guard case .notRefreshed(_, let reason) = try await refresh(world, forced: true) else {
      throw KeeperError.refused("refreshed")
    }
    #expect(reason.contains("cannot be reached"))
    try await world.database.write { try $0.execute("UPDATE connections SET retry_at = retry_at + 900000") }
    guard case .notRefreshed = try await refresh(world, forced: false) else { throw KeeperError.refused("refreshed") }
    #expect(world.provider.requests.count == 1)
    world.provider.next(.body(429, "", retryAfter: "900"))
    guard case .notRefreshed = try await refresh(world, forced: true) else { throw KeeperError.refused("refreshed") }
    #expect(world.provider.requests.count == 2, "our own pause is over")
    guard case .notRefreshed(let status, _) = try await refresh(world, forced: true) else {
      throw KeeperError.refused("refreshed")
    }
    #expect(world.provider.requests.count == 2, "the provider's is not")
    #expect(status.nextStep?.contains("in 15 min") == true || status.nextStep?.contains("in 14 min") == true)
  }

  @Test("K13: force presents no token twice where that may end the grant, while the access token lives")
  func strict() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = try await refresh(world, forced: true)
    world.time.advance(by: .hours(1))
    guard case .notRefreshed(let status, let reason) = try await refresh(world, forced: true) else {
      throw KeeperError.refused("presented twice")
    }
    #expect(world.provider.requests.count == 1)
    #expect(reason.contains("was lost") && status.isServed && !status.mustAct)
    world.time.advance(by: .hours(24))
    guard case .refreshed = try await refresh(world, forced: true) else { throw KeeperError.refused("not presented") }
    #expect(world.provider.presented == ["r1", "r1"])
  }
}
