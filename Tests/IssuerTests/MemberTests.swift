import Contacts
import Store
import TestKit
import Testing

@testable import Issuer

/// A tenant's members as apps see them.
@Suite struct MemberTests {
  @Test("members are listed by address, family name and age, with whoever is switched off unless that is not wanted")
  func lists() async throws {
    let two = try await TwoTenants()
    two.world.time.advance(by: .seconds(1))
    let ben = try await two.colleague()
    two.world.time.advance(by: .seconds(1))
    let cy = try await two.issuer.addUser(
      email: "aa@acme.example", name: "Cy Zoll", password: IssuerWorld.password, tenants: [two.world.tenant.name]
    ).id
    try await two.issuer.setDisabled(true, .user(email: "aa@acme.example"))
    let ann = two.world.user.id
    for (order, expected) in [
      ("create_time", [ann, ben, cy]), ("email", [cy, ann, ben]), ("name", [ann, ben, cy]),
      ("name desc", [cy, ben, ann]),
    ] {
      var query = try UserQuery(v2: [("order_by", order), ("page_size", "2")])
      let walked = try await TwoTenants.walk { token in
        query.page.token = token
        return try await two.issuer.members(matching: query, by: two.caller)
      }
      #expect(walked.records.map(\.user.id) == expected && walked.pages == 2, "\(order)")
    }
    for (filter, expected) in [
      ("email==BEN@acme.example", [ben]), ("given_name==cy", [cy]), ("given_name==van", []),
      ("user_ids==\(ann),\(cy),1", [ann, cy]), ("include_inactive==false", [ann, ben]),
      ("include_partners==true", [ann, ben, cy]),
    ] {
      let query = try UserQuery(v2: [("filter", filter), ("order_by", "create_time")])
      let found = try await two.issuer.members(matching: query, by: two.caller).records
      #expect(found.map(\.user.id) == expected, "\(filter)")
    }
    let all = try await two.issuer.members(matching: UserQuery(), by: two.caller)
    #expect(all.total == 3 && all.records.filter { !$0.isActive }.map(\.user.id) == [cy])
    #expect(try UserQuery(v1: [("include_inactive", "false"), ("include_partners", "")]).filters == [.active])
    #expect(throws: ContactRefusal.self) { try UserQuery(v2: [("page_size", "101")]) }
    #expect(throws: ContactRefusal.self) { try UserQuery(v2: [("filter", "family_name==Zoll")]) }
  }

  @Test("P42: who is no member of the tenant is not there, nor is since when somebody is one elsewhere")
  func tenants() async throws {
    let two = try await TwoTenants()
    two.world.time.advance(by: .seconds(60))
    let (stranger, ben) = (try await two.stranger(), try await two.colleague())
    for id in [stranger, ben] {
      await #expect(throws: ContactFault.missing(.user)) { try await two.issuer.member(id, by: two.other) }
    }
    let query = try UserQuery(v2: [("filter", "email==ben@acme.example")])
    #expect(try await two.issuer.members(matching: query, by: two.other).records.isEmpty)
    #expect(
      try await two.issuer.members(matching: UserQuery(), by: two.other).records.map(\.user.id) == [two.caller.userID])
    two.world.time.advance(by: .seconds(60))
    try await two.issuer.addMember(email: "ben@acme.example", tenant: two.other.tenantName)
    #expect(try await two.issuer.member(ben, by: two.other).since == two.world.time.now.milliseconds)
    try await two.issuer.removeMember(email: "ben@acme.example", tenant: two.other.tenantName)
    await #expect(throws: ContactFault.missing(.user)) { try await two.issuer.member(ben, by: two.other) }
  }

  @Test("users of before are found by their names")
  func ofBefore() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(Array(IssuerSchema.migrations.prefix { $0.version < IssuerSchema.users.version }))
    try await database.write { db in
      for (id, name) in [(1, "Ann van  Dyke"), (2, "Zoë")] {
        try db.execute(
          "INSERT INTO users (id, email, name, password, created_at) VALUES ($1, $2, $3, $4, 1)", id,
          "u\(id)@x.example",
          name, [UInt8](repeating: 7, count: 8))
      }
    }
    try await database.migrate(IssuerSchema.migrations)
    let forms = try await database.read { db in
      try db.rows("SELECT given_form, family_form FROM users ORDER BY id").map {
        [try $0["given_form"] as String, try $0["family_form"] as String]
      }
    }
    #expect(forms == [["ann", "van dyke"], ["zoë", ""]])
  }
}
