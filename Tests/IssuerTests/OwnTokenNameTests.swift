import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct OwnTokenNameTests {
  @Test("P35: a person's tokens for one tenant have different names, made or renamed, until they are ended")
  func names() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn(), bob = try await world.member("bob")
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    try await world.make("nightly", lifetime: .days(1), by: ann)
    let taken = IssuerRefusal(
      "You have a token named nightly for \(world.tenant.name) already. Choose another name, or end that one.")
    for kind in OwnTokenKind.allCases {
      await #expect(throws: taken) { try await world.make("nightly", kind, by: ann) }
    }
    try await world.make("nightly", tenant: second.id, by: ann)
    try await world.make("nightly", by: bob)
    try await world.make("daily", by: ann)
    func rename(_ name: String, to other: String) async throws {
      let own = try #require(
        try await world.ownTokens().first { $0.grant.clientName == name && $0.grant.tenantName == world.tenant.name })
      let session = try await world.signIn()
      let isDone = try await world.issuer.renameOwnToken(
        own.grant.grantID, to: other, csrf: session.csrf.exposed, by: session)
      #expect(isDone)
    }
    await #expect(throws: taken) { try await rename("daily", to: "nightly") }
    try await rename("daily", to: "daily")
    // One that has ended by itself can still be rotated, and is still told apart.
    world.time.advance(by: .days(2))
    await #expect(throws: taken) { try await world.make("nightly") }
    try await rename("nightly", to: "hourly")
    try await world.make("nightly")
    let own = try #require(try await world.ownTokens().first { $0.grant.clientName == "hourly" })
    let session = try await world.signIn()
    #expect(try await world.issuer.revokeApproval(own.grant.grantID, by: session, csrf: session.csrf.exposed))
    try await world.make("hourly")
  }

  @Test("P35: tokens of before that share a name get names of their own, the oldest keeps its, and no upgrade fails")
  func namesOfBefore() async throws {
    let world = try await IssuerWorld()
    let long = String(repeating: "é", count: GivenName.mostCharacters)
    for name in ["a", "b", "c", "a (2)", "d", "e", "f", "g"] {
      try await world.make(name, lifetime: .days(30))
      world.time.advance(by: .seconds(1))
    }
    let ended = try #require(try await world.ownTokens().first { $0.grant.clientName == "g" })
    let ann = try await world.signIn()
    #expect(try await world.issuer.revokeApproval(ended.grant.grantID, by: ann, csrf: ann.csrf.exposed))
    try await world.database.write { db in
      try db.execute("DROP INDEX own_tokens_by_name")
      try db.execute("UPDATE grants SET name = 'a' WHERE name IN ('b', 'c', 'g')")
      try db.execute("UPDATE grants SET name = $1 WHERE name IN ('d', 'e')", long)
      try IssuerSchema.ownTokenNames.rewrite?(db) { _ in }
    }
    let names = try await world.ownTokens().filter { $0.grant.endedAt == nil }.map(\.grant.clientName)
    #expect(names.reversed() == ["a", "a (3)", "a (4)", "a (2)", long, String(long.prefix(60)) + " (2)", "f"])
    await #expect(throws: IssuerRefusal.self) { try await world.make("a (3)") }
    // Whatever forgets to look, the store refuses.
    await #expect(throws: StoreError.self) {
      try await world.database.write { try $0.execute("UPDATE grants SET name = 'f' WHERE name = 'a'") }
    }
  }
}

extension IssuerWorld {
  /// Ann's own tokens, the newest first.
  fileprivate func ownTokens() async throws -> [OwnToken] { try await issuer.ownTokens(of: try await signIn()) }
}
