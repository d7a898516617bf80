import Contacts
import Store
import Testing

@testable import Issuer

/// What a list of companies, notes or tasks costs does not follow how many the tenant has: the engine says how it goes about
/// each statement.
@Suite struct RelatedRecordPlanTests {
  @Test("a look-up of companies goes through the index of what it names, in every order")
  func companies() async throws {
    let (two, store) = try await explained()
    for filters in [
      [CompanyFilter.text(.name, "Bolt", isPrefix: false)], [.text(.name, "B", isPrefix: true)],
      [.text(.email, "a@b.example", isPrefix: false)], [.text(.city, "P", isPrefix: true)],
      [.text(.state, "Arizona", isPrefix: false), .updatedFrom(1)],
      [.text(.city, "Phoenix", isPrefix: false), .text(.state, "Arizona", isPrefix: false)], [.id(.equal, 1)],
    ] {
      for order in CompanyOrder.allCases {
        try await expectNoWalk(store, "\(filters) \(order)") { isDescending in
          var query = CompanyQuery()
          (query.filters, query.order, query.page.isDescending) = (filters, order, isDescending)
          _ = try await two.issuer.companies(matching: query, by: two.caller)
        }
      }
    }
  }

  @Test("a look-up of notes goes through the index of what it names, in every order")
  func notes() async throws {
    let (two, store) = try await explained()
    for filters in [
      [NoteFilter.contact(1)], [.user(1)], [.ids([1, 2])], [.titleStarts("a")], [.contact(1), .titleContains("a")],
      [.user(1), .contact(1), .updatedFrom(1)],
    ] {
      for order in NoteOrder.allCases {
        try await expectNoWalk(store, "\(filters) \(order)") { isDescending in
          var query = NoteQuery()
          (query.filters, query.order, query.page.isDescending) = (filters, order, isDescending)
          _ = try await two.issuer.notes(matching: query, by: two.caller)
        }
      }
    }
  }

  @Test("a look-up of tasks goes through the index of what it names, in every order")
  func tasks() async throws {
    let (two, store) = try await explained()
    for filters in [
      [TaskFilter.contact(1)], [.user(1)], [.user(nil)], [.opportunity(1)], [.ids([1])], [.title("a", isPrefix: true)],
      [.title("a", isPrefix: false)], [.user(1), .isCompleted(false), .hasDueDate(true), .priority(.critical)],
      [.contact(1), .updatedFrom(1), .updatedUntil(9)],
    ] {
      for order in TaskOrder.allCases {
        try await expectNoWalk(store, "\(filters) \(order)") { isDescending in
          var query = TaskQuery()
          (query.filters, query.order, query.page.isDescending) = (filters, order, isDescending)
          _ = try await two.issuer.tasks(matching: query, by: two.caller)
        }
      }
    }
  }

  @Test("a look-up by a field that the tenant defined goes from its values to the records, in every order")
  func customFields() async throws {
    let (two, store) = try await explained()
    for kind in [RecordKind.company, .note] { _ = try await two.field("Colour", of: kind) }
    for filter in ["Colour==Red", "Colour==R*"] {
      for (order, name) in [("id", "id"), ("create_time", "create_time"), ("update_time", "name")] {
        try await expectNoWalk(store, "\(filter) \(order)") { isDescending in
          func asked(_ order: String) -> [(name: String, value: String)] {
            [("filter", filter), ("order_by", isDescending ? "\(order) desc" : order)]
          }
          _ = try await two.issuer.companies(matching: CompanyQuery(v2: asked(name)), by: two.caller)
          _ = try await two.issuer.notes(matching: NoteQuery(v2: asked(order)), by: two.caller)
          _ = try await two.issuer.tasks(matching: TaskQuery(v2: asked(order)), by: two.caller)
        }
      }
    }
  }

  @Test("a list of all is walked in its own order, from where the page before ended")
  func lists() async throws {
    let (two, store) = try await explained()
    for order in TaskOrder.allCases {
      var query = TaskQuery()
      query.order = order
      query.page.isCounted = false
      query.page.limit = 1
      query.page.token = try await two.issuer.tasks(matching: query, by: two.caller).nextPageToken
      #expect(query.page.token != nil)
      _ = store.takeLines()
      _ = try await two.issuer.tasks(matching: query, by: two.caller)
      let found = store.takeLines().filter { $0.hasPrefix("SEARCH tasks USING COVERING INDEX") }
      #expect(found.count == 1 && found.allSatisfy { $0.contains(">") }, "\(order)")
    }
  }

  @Test("renaming and deleting a company look up its own contacts and nothing else")
  func companyContacts() async throws {
    let (two, store) = try await explained()
    let ann = try await two.contact(company: "Bolt")
    let id = try #require(ann.contact.company?.id)
    _ = store.takeLines()
    var change = CompanyChange()
    change.name = .set("Nuts")
    _ = try await two.issuer.updateCompany(id, change, as: .merge, by: two.caller)
    try await two.issuer.deleteCompany(id, by: two.caller)
    #expect(store.walked.isEmpty)
  }

  private func explained() async throws -> (TwoTenants, ExplainingDatabase) {
    let store = ExplainingDatabase(try SQLite.inMemory())
    let two = try await TwoTenants(database: store)
    for number in 0..<3 {
      _ = try await two.issuer.createTask(
        .with { $0.title = .set("Task \(number)") }, userName: "user_id", check: { _ in }, by: two.caller)
    }
    return (two, store)
  }

  private func expectNoWalk(
    _ store: ExplainingDatabase, _ what: String, _ act: (_ isDescending: Bool) async throws -> Void
  ) async throws {
    for isDescending in [false, true] {
      _ = store.takeLines()
      try await act(isDescending)
      #expect(store.walked.isEmpty, "\(what)")
    }
  }
}

extension ExplainingDatabase {
  /// The steps since the last time that go through all that a tenant, or everybody, has.
  fileprivate var walked: [String] {
    takeLines().filter { line in
      ["companies", "contacts", "match_keys", "notes", "tasks", "v"].contains { line.hasPrefix("SCAN \($0)") }
        || line.hasPrefix("SEARCH") && line.hasSuffix("(tenant_id=?)")
    }
  }
}
