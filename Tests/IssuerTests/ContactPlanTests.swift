import Contacts
import Store
import Testing

@testable import Issuer

/// What an act on contacts costs does not follow how many the tenant has: the engine says how it goes about each statement.
@Suite struct ContactPlanTests {
  private static let lookups: [[ContactFilter]] = [
    [.text(.email, "ann@shop.example", isPrefix: false)], [.text(.email, "ann", isPrefix: true)],
    [.text(.givenName, "Ann", isPrefix: false)], [.text(.givenName, "An", isPrefix: true)],
    [.text(.familyName, "Ample", isPrefix: false)], [.text(.familyName, "Am", isPrefix: true)],
    [.text(.middleName, "Mia", isPrefix: false)], [.text(.middleName, "M", isPrefix: true)], [.company(7)],
    [.ids([1, 2, 3])], [.id(.equal, 1)],
    [.text(.email, "ann@shop.example", isPrefix: false), .text(.givenName, "Ann", isPrefix: false)],
    [.text(.givenName, "Ann", isPrefix: false), .updatedFrom(1), .updatedUntil(9)],
    [.updatedFrom(1), .ids([1, 2]), .text(.email, "ann@shop.example", isPrefix: false)],
    [.id(.above, 1), .text(.familyName, "Ample", isPrefix: false), .company(7)],
    [.search(SearchCondition([.phone(.phone1), .phone(.phone2)], .compares(.equal, "555")))],
    [.search(SearchCondition([.address(.billing, .locality)], .startsWith("p"))), .updatedFrom(1)],
    [.search(SearchCondition([.custom(7)], .compares(.above, "5"))), .text(.givenName, "Ann", isPrefix: false)],
    [
      .search(SearchCondition([.website], .compares(.equal, "x"))),
      .search(SearchCondition([.website], .startsWith("x"))),
    ],
  ]

  @Test("a lookup goes through the index of what it names, in every order", arguments: lookups)
  func lookup(filters: [ContactFilter]) async throws {
    let (world, caller, store) = try await explained()
    for order in ContactOrder.allCases {
      for (isDescending, isCounted) in [(false, true), (true, false)] {
        var query = ContactQuery()
        query.filters = filters
        query.order = order
        query.page.isDescending = isDescending
        query.page.isCounted = isCounted
        query.page.limit = 1
        _ = store.takeLines()
        let page = try await world.issuer.contacts(matching: query, by: caller)
        #expect(store.wholeTenant.isEmpty, "\(order)")
        query.page.token = page.nextPageToken
        _ = try await world.issuer.contacts(matching: query, by: caller)
        #expect(store.wholeTenant.isEmpty, "\(order), behind a token")
      }
    }
  }

  @Test("a list of all is walked in its own order, from where the page before ended", arguments: [false, true])
  func lists(isDescending: Bool) async throws {
    let (world, caller, store) = try await explained()
    for (order, index, columns) in [
      (ContactOrder.id, "sqlite_autoindex_contacts_1", isDescending ? "id<?" : "id>?"),
      (.created, "contacts_by_creation", isDescending ? "(created_at,id)<(?,?)" : "(created_at,id)>(?,?)"),
      (.updated, "contacts_by_update", isDescending ? "(updated_at,id)<(?,?)" : "(updated_at,id)>(?,?)"),
      (.email, "contacts_by_match", isDescending ? "(email,id)<(?,?)" : "(email,id)>(?,?)"),
    ] {
      var query = ContactQuery()
      query.order = order
      query.page.isDescending = isDescending
      query.page.isCounted = false
      query.page.limit = 1
      _ = store.takeLines()
      query.page.token = try await world.issuer.contacts(matching: query, by: caller).nextPageToken
      #expect(store.takeLines().contains("SEARCH contacts USING COVERING INDEX \(index) (tenant_id=?)"))
      _ = try await world.issuer.contacts(matching: query, by: caller)
      #expect(store.takeLines().contains("SEARCH contacts USING COVERING INDEX \(index) (tenant_id=? AND \(columns))"))
    }
    for (order, index) in [
      (ContactOrder.givenName, "contacts_in_given_name_order"), (.name, "contacts_in_name_order"),
    ] {
      var query = ContactQuery()
      (query.order, query.page.isDescending, query.page.isCounted, query.page.limit) = (order, isDescending, false, 1)
      query.page.token = try await world.issuer.contacts(matching: query, by: caller).nextPageToken
      _ = store.takeLines()
      _ = try await world.issuer.contacts(matching: query, by: caller)
      let lines = store.takeLines()
      #expect(
        lines.contains("SEARCH contacts USING INDEX \(index) (tenant_id=? AND <expr>\(isDescending ? "<" : ">")?)"))
      #expect(!lines.contains { $0.contains("TEMP B-TREE") })
    }
  }

  @Test("adding, changing and deleting look up what they need and nothing else")
  func acts() async throws {
    let (world, caller, store) = try await explained()
    var change = ContactChange()
    change.emails = .set([EmailAddress("bob@shop.example")])
    change[.givenName] = .set("Bob")
    change[.website] = .set("https://bob.example")
    change.company = .set(CompanyReference(name: "Bolt"))
    _ = store.takeLines()
    let made = try await world.issuer.upsertContact(change, match: .email, check: KeapV1.check, by: caller)
    change[.jobTitle] = .set("Buyer")
    _ = try await world.issuer.upsertContact(change, match: .emailAndName, check: KeapV1.check, by: caller)
    change.emails = .set([EmailAddress("moved@shop.example")])
    _ = try await world.issuer.updateContact(made.record.id, change, as: .replace, check: KeapV2.check, by: caller)
    _ = try await world.issuer.company(named: "Bolt", creating: true, by: caller)
    try await world.issuer.deleteContact(made.record.id, by: caller)
    #expect(store.wholeTenant.isEmpty)
  }

  private func explained() async throws -> (IssuerWorld, Caller, ExplainingDatabase) {
    let store = ExplainingDatabase(try SQLite.inMemory())
    let world = try await IssuerWorld(database: store)
    let caller = try await world.issuer.authenticate(try await world.tokens(world.app).accessToken)
    for number in 0..<3 {
      var change = ContactChange()
      change.emails = .set([EmailAddress("ann@shop.example"), EmailAddress("x\(number)@shop.example", field: .email2)])
      change[.givenName] = .set("Ann")
      change[.familyName] = .set("Ample")
      change[.middleName] = .set("Mia")
      _ = try await world.issuer.createContact(change, check: KeapV1.check, by: caller)
    }
    return (world, caller, store)
  }
}

extension ExplainingDatabase {
  /// The steps since the last time that go through all that a tenant, or everybody, has.
  fileprivate var wholeTenant: [String] {
    takeLines().filter { line in
      let names = ["contacts", "contact_values", "v", "match_keys", "email_statuses", "companies"]
      return names.contains { line.hasPrefix("SCAN \($0)") }
        || line.hasPrefix("SEARCH") && line.hasSuffix("(tenant_id=?)")
    }
  }
}
