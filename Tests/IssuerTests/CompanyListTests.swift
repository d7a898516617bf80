import Contacts
import Store
import Testing
import Wire

@testable import Issuer

@Suite struct CompanyListTests {
  @Test("lists of companies filter by all that v2 names")
  func filters() async throws {
    let two = try await TwoTenants()
    for (name, city) in [("Acme", "Chandler"), ("Acme Two", "Chandler"), ("Bolt", "Tucson")] {
      _ = try await two.issuer.createCompany(.named(name, city: city), by: two.caller)
    }
    let now = two.world.time.now.milliseconds
    for (filters, names) in [
      ([CompanyFilter.text(.name, "ACME ", isPrefix: false)], ["Acme"]),
      ([.text(.name, "acme", isPrefix: true)], ["Acme", "Acme Two"]),
      ([.text(.email, "INFO@bolt.example", isPrefix: false)], ["Bolt"]),
      ([.text(.city, "chan", isPrefix: true)], ["Acme", "Acme Two"]),
      (
        [.text(.city, "Chandler", isPrefix: false), .text(.state, "Ari", isPrefix: true), .id(.above, 1)], ["Acme Two"]
      ),
      ([.text(.state, "arizona", isPrefix: false)], ["Acme", "Acme Two", "Bolt"]),
      ([.text(.name, "x' OR '1'='1", isPrefix: false)], []), ([.id(.atMost, 2)], ["Acme", "Acme Two"]),
      ([.id(.equal, 3)], ["Bolt"]), ([.updatedFrom(now)], ["Acme", "Acme Two", "Bolt"]), ([.updatedUntil(now - 1)], []),
    ] {
      var query = CompanyQuery()
      query.filters = filters
      let page = try await two.issuer.companies(matching: query, by: two.caller)
      #expect(page.records.map(\.name) == names, "\(filters)")
      #expect(page.total == names.count)
    }
  }

  @Test("pages of companies cover a list once, in every order", arguments: CompanyOrder.allCases, [false, true])
  func pages(order: CompanyOrder, isDescending: Bool) async throws {
    let two = try await TwoTenants()
    for number in 0..<7 {
      two.world.time.advance(by: .milliseconds(number % 2 == 0 ? 5 : 0))
      var change = CompanyChange.named("Company \(7 - number)")
      if number % 3 != 0 { change.details.emails = .set([EmailAddress("info\(number % 2)@bolt.example")]) }
      _ = try await two.issuer.createCompany(change, by: two.caller)
    }
    var query = CompanyQuery()
    query.order = order
    query.page.isDescending = isDescending
    let all = try await two.issuer.companies(matching: query, by: two.caller).records.map(\.id)
    #expect(all.sorted() == Array(1...7))
    query.page.limit = 2
    let walked = try await TwoTenants.walk { token in
      query.page.token = token
      return try await two.issuer.companies(matching: query, by: two.caller)
    }
    #expect(walked.records.map(\.id) == all && walked.pages == 4)
    query.page.token = "bm9uc2Vuc2U"
    await #expect(throws: ContactFault.self) { try await two.issuer.companies(matching: query, by: two.caller) }
  }

  @Test("a company of before, with a name alone, keeps working")
  func ofBefore() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(Array(IssuerSchema.migrations.prefix(2)))
    try await database.write { db in
      try db.execute("INSERT INTO tenants (id, name, host, next_id, created_at) VALUES (1, 'Old', 'old', 9, 77)")
      for (id, name) in [(1, "Bolt"), (2, "Nuts")] {
        try db.execute(
          "INSERT INTO companies (tenant_id, id, name, normal_name) VALUES (1, $1, $2, $3)", id, name,
          NormalForm.name(name))
      }
      try db.execute(
        """
        INSERT INTO contacts (tenant_id, id, revision, document, company_id, created_at, updated_at, created_by, updated_by)
        VALUES (1, 3, 1, $1, 1, 500, 500, $2, $2)
        """, Contact().stored, [UInt8](repeating: 7, count: GrantID.byteCount))
    }
    let two = try await TwoTenants(database: database)
    let tenant = two.caller.tenantID
    try await database.write { db in try db.execute("UPDATE companies SET tenant_id = $1", tenant) }
    let page = try await two.issuer.companies(matching: CompanyQuery(), by: two.caller)
    #expect(page.records.map(\.name) == ["Bolt", "Nuts"])
    #expect(page.records.map(\.createdAt) == [500, 77], "as old as the oldest contact, else as the tenant")
    #expect(page.records.allSatisfy { $0.createdBy == nil })
    let change = try await two.issuer.createCompany(.named("bolt", city: "Phoenix"), by: two.caller)
    #expect(change.id == 1 && change.name == "Bolt" && change.createdAt == 500)
    #expect(change.company.details.addresses.first?.locality == "Phoenix")
    try await two.issuer.deleteCompany(2, by: two.caller)
    #expect(try await two.issuer.companies(matching: CompanyQuery(), by: two.caller).total == 1)
  }
}

extension CompanyChange {
  /// A company of this name; where it has a city, with all that lists go by.
  static func named(_ name: String, city: String? = nil) -> CompanyChange {
    var change = CompanyChange()
    change.name = .set(name)
    guard let city else { return change }
    change.notes = .set("since 2020")
    change.details.phones = .set([PhoneNumber("555 1234")])
    change.details.emails = .set([EmailAddress("info@\(name.lowercased().split(separator: " ").joined()).example")])
    var address = PostalAddress(field: .billing)
    (address.locality, address.regionCode, address.countryCode) = (city, "US-AZ", "USA")
    change.details.addresses = .set([address])
    return change
  }
}
