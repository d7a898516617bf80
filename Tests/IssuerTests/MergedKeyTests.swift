import Contacts
import Store
import Testing

@testable import Issuer

/// Who is found by what contacts were matched by before they were merged, whatever became of the one that they are.
@Suite struct MergedKeyTests {
  private let two: TwoTenants
  private var issuer: Issuer { two.issuer }
  private var caller: Caller { two.caller }

  init() async throws { two = try await TwoTenants() }

  private static func person(_ name: String, _ email: String, _ company: String? = nil) -> ContactChange {
    var person = TwoTenants.person(email, company: company)
    person[.givenName] = .set(name)
    return person
  }

  private func add(_ name: String, _ email: String, _ company: String? = nil) async throws -> Int64 {
    try await issuer.createContact(Self.person(name, email, company), check: KeapV2.check, by: caller).id
  }

  /// Whom the store has for a key, without an upsert, which would make who is not there.
  private func holder(
    _ rule: MatchRule, _ email: String, _ name: String? = nil, _ company: String? = nil
  ) async throws -> Int64? {
    let key = MatchKey(rule: rule, email: email, givenName: name, company: company)
    return try await two.world.keyHolders()[StoredKey(key)]
  }

  private func patch(_ id: Int64, _ emails: [EmailAddress], as act: ContactAct = .replace) async throws {
    var change = ContactChange()
    change.emails = .set(emails)
    _ = try await issuer.updateContact(id, change, as: act, check: KeapV2.check, by: caller)
  }

  @Test("P43: whoever swaps the addresses of a merged contact loses neither", arguments: [ContactAct.replace, .merge])
  func swap(act: ContactAct) async throws {
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    try await patch(
      ann, [EmailAddress("ben@shop.example"), EmailAddress("ann@shop.example", field: .email2)], as: act)
    for (name, email) in [("Ann", "ann@shop.example"), ("Ben", "ben@shop.example")] {
      for rule in [MatchRule.emailAndNameAndCompany, .emailAndName, .email] {
        let found = try await issuer.upsertContact(
          Self.person(name, email), match: rule, check: KeapV2.check, by: caller)
        #expect(found.record.id == ann && found.outcome != .created, "\(name) \(rule)")
        let emails = found.record.contact.emails.map(\.email)
        #expect(emails == ["ben@shop.example", "ann@shop.example"], "\(name) \(rule)")
      }
    }
  }

  @Test("P43: an own address that is taken away is the contact's no longer, and the other one still is")
  func ownAddressGoes() async throws {
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    let heir = try await add("Ann", "ann@shop.example")
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    try await patch(ann, [EmailAddress("ben@shop.example")])
    for rule in MatchRule.allCases {
      #expect(try await holder(rule, "ann@shop.example", "Ann") == heir, "\(rule)")
      for name in ["Ann", "Ben"] { #expect(try await holder(rule, "ben@shop.example", name) == ann, "\(name) \(rule)") }
    }
    // With the last address that others knew, their names go, too.
    try await patch(ann, [EmailAddress("new@shop.example")])
    #expect(try await holder(.email, "ben@shop.example") == nil)
    #expect(try await holder(.emailAndName, "new@shop.example", "Ben") == nil)
    #expect(try await holder(.emailAndName, "new@shop.example", "Ann") == ann)
  }

  @Test("P43: what found one that was merged finds the last, also by another's address and its own name")
  func chain() async throws {
    let ids = [
      try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example", "Bolt"),
      try await add("Cy", "cy@shop.example", "Nuts"), try await add("Di", "di@shop.example"),
    ]
    for index in [3, 2, 1] {
      let before = try await two.world.keyHolders()
      _ = try await issuer.mergeContact(ids[index], into: ids[index - 1], by: caller)
      let after = try await two.world.keyHolders()
      for (key, holder) in before {
        #expect(after[key] == (holder == ids[index] ? ids[index - 1] : holder), "\(index): \(key.value)")
      }
    }
    #expect(try await holder(.emailAndName, "di@shop.example", "Ben") == ids[0])
    #expect(try await holder(.emailAndNameAndCompany, "di@shop.example", "Cy", "Nuts") == ids[0])
    #expect(try await holder(.emailAndNameAndCompany, "di@shop.example", "Ben", "Bolt") == ids[0])
    // Another name takes none of them away, and comes with all addresses.
    var renamed = ContactChange()
    renamed[.givenName] = .set("Zoe")
    _ = try await issuer.updateContact(ids[0], renamed, as: .merge, check: KeapV2.check, by: caller)
    for name in ["Ann", "Ben", "Cy", "Di", "Zoe"] {
      #expect(try await holder(.emailAndName, "cy@shop.example", name) == ids[0], "\(name)")
    }
    try await issuer.deleteContact(ids[0], by: caller)
    #expect(try await two.world.keyHolders().isEmpty)
  }

  @Test("P43: one without an address of its own that others were merged into is found by its name as before")
  func withoutAddress() async throws {
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    let cy = try await add("Cy", "cy@shop.example")
    _ = try await issuer.mergeContact(cy, into: ben, by: caller)
    try await patch(ben, [EmailAddress("cy@shop.example", field: .email2)])
    #expect(try await holder(.emailAndName, "cy@shop.example", "Ben") == ben)
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    #expect(try await holder(.emailAndName, "cy@shop.example", "Ben") == ann)
    #expect(try await holder(.email, "ben@shop.example") == nil)
  }

  @Test("P43: what one without an address was found by passes to the one that it became, when another gives it up")
  func heirWithoutAddress() async throws {
    let third = try await add("Ben", "cy@shop.example")
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    let cy = try await add("Cy", "cy@shop.example")
    _ = try await issuer.mergeContact(cy, into: ben, by: caller)
    try await patch(ben, [EmailAddress("cy@shop.example", field: .email2)])
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    #expect(try await holder(.emailAndName, "cy@shop.example", "Ben") == third)
    try await issuer.deleteContact(third, by: caller)
    #expect(try await holder(.emailAndName, "cy@shop.example", "Ben") == ann)
  }

  @Test("P43: what a third has passes to the one that several became, by any address and name of them")
  func heir() async throws {
    let third = try await add("Ben", "cy@shop.example")
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    let cy = try await add("Cy", "cy@shop.example")
    let young = try await add("Ben", "cy@shop.example")
    _ = try await issuer.mergeContact(cy, into: ben, by: caller)
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    #expect(try await holder(.emailAndName, "cy@shop.example", "Ben") == third)
    try await issuer.deleteContact(third, by: caller)
    for rule in MatchRule.allCases { #expect(try await holder(rule, "cy@shop.example", "Ben") == ann, "\(rule)") }
    try await issuer.deleteContact(ann, by: caller)
    for rule in MatchRule.allCases { #expect(try await holder(rule, "cy@shop.example", "Ben") == young, "\(rule)") }
  }

  @Test("P43: those who were merged are found under the new name of the company that they share, and without one")
  func company() async throws {
    let (ann, ben) = (
      try await add("Ann", "ann@shop.example", "Bolt"), try await add("Ben", "ben@shop.example", "Bolt")
    )
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    let company = try #require(try await issuer.contact(ann, by: caller).contact.company?.id)
    var change = CompanyChange()
    change.name = .set("Nuts")
    _ = try await issuer.updateCompany(company, change, as: .merge, by: caller)
    for (name, email) in [("Ann", "ann@shop.example"), ("Ben", "ben@shop.example")] {
      for company in ["Nuts", "Bolt"] {
        #expect(try await holder(.emailAndNameAndCompany, email, name, company) == ann, "\(name) \(company)")
      }
    }
    // What they were found by when they were merged again stays.
    let cy = try await add("Cy", "cy@shop.example")
    _ = try await issuer.mergeContact(ann, into: cy, by: caller)
    try await issuer.deleteCompany(company, by: caller)
    for company in ["Nuts", "Bolt", nil] {
      #expect(try await holder(.emailAndNameAndCompany, "ben@shop.example", "Ben", company) == cy, "\(company ?? "-")")
    }
  }

  @Test("P43: who opted out is found by either address, and neither's upsert undoes the no")
  func optedOut() async throws {
    let (ann, ben) = (try await add("Ann", "ann@shop.example"), try await add("Ben", "ben@shop.example"))
    let out = EmailStatusChange(optsIn: false, reason: "asked")
    _ = try await issuer.changeEmailStatus(of: "ben@shop.example", out, by: caller)
    _ = try await issuer.mergeContact(ben, into: ann, by: caller)
    for (name, email) in [("Ben", "ben@shop.example"), ("Ann", "ann@shop.example")] {
      var person = Self.person(name, email)
      person[.optInReason] = .set("bought something")
      let found = try await issuer.upsertContact(person, match: .emailAndName, check: KeapV2.check, by: caller)
      #expect(found.record.id == ann && found.outcome != .created)
    }
    let emails = try await issuer.contact(ann, by: caller).contact.emails
    #expect(emails.map(\.status) == [.singleOptIn, .manual])
  }

  @Test("P43: the keys of before point where they pointed, and each at one contact")
  func ofBefore() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(IssuerSchema.migrations.filter { $0.version < IssuerSchema.matchKeys.version })
    let insert = "INSERT INTO match_keys (tenant_id, rule, value, contact_id) VALUES ($1, $2, $3, $4)"
    let keys = [(1, "Email", "5:a@b.c", 7), (1, "EmailAndName", "5:a@b.c", 8), (2, "Email", "5:a@b.c", 9)]
    try await database.write { db in
      for (tenant, rule, value, id) in keys { try db.execute(insert, tenant, rule, value, id) }
      try db.execute("INSERT INTO tenants (id, name, host, next_id, created_at) VALUES (1, 'Old', 'old', 9, 77)")
      for (id, email) in [(7, "a@b.c"), (8, "plain@b.c")] {
        try db.execute(
          """
          INSERT INTO contacts (tenant_id, id, revision, document, email, created_at, updated_at, created_by, updated_by)
          VALUES (1, $1, 1, $2, $3, 500, 600, $4, $4)
          """, id, Contact().stored, email, [UInt8](repeating: 7, count: GrantID.byteCount))
      }
      for email in ["b@b.c", "c@b.c"] {
        try db.execute("INSERT INTO contact_values VALUES (1, 7, 'merged', $1)", email)
      }
    }
    try await database.migrate(IssuerSchema.migrations)
    let held = try await database.read { db in
      try db.rows("SELECT tenant_id, rule, contact_id FROM match_keys ORDER BY contact_id").map { row in
        "\(try row["tenant_id"] as Int) \(try row["rule"] as String) \(try row["contact_id"] as Int)"
      }
    }
    #expect(held == keys.map { "\($0.0) \($0.1) \($0.3)" })
    await #expect(throws: StoreError.self) {
      try await database.write { db in try db.execute(insert, 1, "Email", "5:a@b.c", 10) }
    }
    // Whoever was merged is found by the own address, too.
    let values = try await database.read { db in
      try db.rows("SELECT contact_id, value FROM contact_values ORDER BY value").map { row in
        "\(try row["contact_id"] as Int) \(try row["value"] as String)"
      }
    }
    #expect(values == ["7 a@b.c", "7 b@b.c", "7 c@b.c"])
  }

  @Test("P43: a contact that would be found by more than two thousand keys is not merged, and nothing is done")
  func mostKeys() async throws {
    let ann = try await add("Ann", "ann@shop.example")
    var left: Int64?
    for number in 1...MergedContact.most where left == nil {
      let other = try await add("Name \(number)", "n\(number)@shop.example", "Company \(number)")
      let before = try await two.world.keyHolders()
      do { _ = try await issuer.mergeContact(other, into: ann, by: caller) } catch {
        guard case .conflict(let message) = error else { throw error }
        #expect(message.contains("Take the e-mail addresses from contact \(other)"), "\(message)")
        left = other
        #expect(try await two.world.keyHolders() == before)
        #expect(try await issuer.contact(other, by: caller).contact.email == "n\(number)@shop.example")
        #expect(number > 10, "\(number)")
      }
      let held = try await two.world.keyHolders().values.filter { $0 == ann }
      try #require(held.count <= Matched.mostKeys)
    }
    // What the refusal says helps.
    let other = try #require(left)
    try await patch(other, [])
    _ = try await issuer.mergeContact(other, into: ann, by: caller)
  }
}
