import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct ContactTests {
  @Test("a created contact reads back as it was written")
  func readsBack() async throws {
    let (world, caller) = try await calling()
    var change = person("  Ann@Shop.example ", "Ann", "Ample", company: "Bolt  Works")
    change.birthday = .set(try #require(CalendarDate("1985-03-15")))
    let made = try await world.issuer.createContact(change, check: KeapV1.check, by: caller)
    let read = try await world.issuer.contact(made.id, by: caller)
    #expect(read == made)
    #expect(read.contact.company?.name == "Bolt Works")
    let company = try await world.issuer.company(named: "bolt works", creating: false, by: caller)
    #expect(company?.id == read.contact.company?.id)
    #expect(read.createdBy == caller.grantID)
    #expect(read.createdAt == world.time.now.milliseconds)
  }

  @Test("a contact does not grow until nobody can read it")
  func growth() async throws {
    let (world, caller) = try await calling()
    let made = try await world.issuer.createContact(person("ann@shop.example"), check: KeapV1.check, by: caller)
    // As many texts of the greatest length as a contact has no room for.
    var fields: [CustomField] = []
    for number in 0..<17 {
      let new = NewCustomField(label: "Text \(number)", type: .textArea)
      let field = try await world.issuer.defineCustomField(new, for: .contact, by: caller)
      fields.append(CustomField(id: field.id, content: .string(String(repeating: "x", count: 65_535))))
    }
    let known = try await world.issuer.contact(made.id, by: caller)
    var change = ContactChange()
    change.customFields = .set(fields)
    await #expect(throws: ContactFault.self) {
      try await world.issuer.updateContact(made.id, change, as: .merge, check: KeapV1.check, by: caller)
    }
    #expect(try await world.issuer.contact(made.id, by: caller) == known)
    change.customFields = .set(Array(fields.dropLast(2)))
    _ = try await world.issuer.updateContact(made.id, change, as: .merge, check: KeapV1.check, by: caller)
  }

  @Test("P44: what says nothing of an address leaves the tenant's memory of its no alone")
  func unrelatedUpsert() async throws {
    let (world, caller) = try await calling()
    var holder = person("b@shop.example")
    holder.emails = .set([EmailAddress("b@shop.example"), EmailAddress("no@shop.example", field: .email2)])
    _ = try await world.upsert(holder, .email, caller)
    try await world.database.write { db in
      try db.execute(
        """
        INSERT INTO email_statuses (tenant_id, email, status, created_at) VALUES ($1, 'no@shop.example', $2, 1)
        """, caller.tenantID, OptStatus.manual.rawValue)
    }
    var unrelated = person("b@shop.example")
    unrelated[.jobTitle] = .set("Buyer")
    _ = try await world.upsert(unrelated, .email, caller)
    let known = try await world.database.read { try $0.rows("SELECT * FROM email_statuses").count }
    #expect(known == 1)
  }

  @Test("P43: an upsert finds its contact by the rule that it names, in normal form")
  func upsertFindsByRule() async throws {
    let (world, caller) = try await calling()
    let (ann, made) = try await world.upsert(
      person("ann@shop.example", "Ann", "Ample", company: "Bolt"), .email, caller)
    #expect(made == .created)
    for (change, rule, outcome) in [
      (person(" ANN@Shop.example", "Ann", "Ample", company: "BOLT "), MatchRule.email, UpsertOutcome.updated),
      (person("ann@shop.example", " ann ", "AMPLE"), .emailAndName, .updated),
      (person("ann@shop.example", "Ann", "Ample", company: "bolt"), .emailAndNameAndCompany, .updated),
      (person("ann@shop.example", "Ann", "Ample", company: "Nuts"), .emailAndNameAndCompany, .created),
      (person("ann@shop.example", "Bea", "Ample", company: "Bolt"), .emailAndName, .created),
      (person("bea@shop.example", "Ann", "Ample", company: "Bolt"), .email, .created),
    ] {
      var change = change
      change[.jobTitle] = .set("\(rule) \(outcome)")
      let (record, got) = try await world.upsert(change, rule, caller)
      #expect(got == outcome, "\(change.email ?? "") by \(rule)")
      #expect((record.id == ann.id) == (outcome == .updated))
    }
  }

  @Test("P43: a plain create takes a match key only if it is free, and a deletion passes it to the next oldest")
  func keysPassOn() async throws {
    let (world, caller) = try await calling()
    var records: [ContactRecord] = []
    for number in 0..<3 {
      var change = person("ann@shop.example", "Ann", "Ample")
      change[.jobTitle] = .set("\(number)")
      records.append(try await world.issuer.createContact(change, check: KeapV1.check, by: caller))
    }
    for rule in [MatchRule.email, .emailAndName] {
      #expect(try await world.upsert(person("ann@shop.example", "Ann", "Ample"), rule, caller).0.id == records[0].id)
    }
    try await world.issuer.deleteContact(records[0].id, by: caller)
    await #expect(throws: ContactFault.notFound) { try await world.issuer.contact(records[0].id, by: caller) }
    #expect(try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, caller).0.id == records[1].id)
    // Another address gives the key up as well.
    var moved = ContactChange()
    moved.emails = .set([EmailAddress("moved@shop.example")])
    _ = try await world.issuer.updateContact(records[1].id, moved, as: .replace, check: KeapV2.check, by: caller)
    for rule in [MatchRule.email, .emailAndName, .emailAndNameAndCompany] {
      #expect(try await world.upsert(person("ann@shop.example", "Ann", "Ample"), rule, caller).0.id == records[2].id)
      #expect(try await world.upsert(person("moved@shop.example", "Ann", "Ample"), rule, caller).0.id == records[1].id)
    }
    try await world.issuer.deleteContact(records[2].id, by: caller)
    let (fresh, outcome) = try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, caller)
    #expect(outcome == .created)
    #expect(!records.map(\.id).contains(fresh.id))
  }

  @Test("P43: each rule and value points at one contact of the tenant, by the database's own constraint")
  func keysAreUnique() async throws {
    let (world, caller) = try await calling()
    let (ann, _) = try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, caller)
    let key = MatchKey(rule: .email, email: "ann@shop.example")
    await #expect(throws: StoreError.self) {
      try await world.database.write { db in
        try db.execute(
          "INSERT INTO match_keys (tenant_id, rule, value, contact_id) VALUES ($1, $2, $3, $4)", caller.tenantID,
          key.rule.rawValue, key.value, ann.id + 1)
      }
    }
  }

  @Test("contacts of another tenant are not there: not to read, match, change, list or delete")
  func tenantsAreApart() async throws {
    let (world, caller) = try await calling()
    let (ann, _) = try await world.upsert(person("ann@shop.example", "Ann", "Ample", company: "Bolt"), .email, caller)
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    let tokens = try await world.tokens(world.app, tenant: second.id)
    let other = try await world.issuer.authenticate(tokens.accessToken)
    await #expect(throws: ContactFault.notFound) { try await world.issuer.contact(ann.id, by: other) }
    await #expect(throws: ContactFault.notFound) { try await world.issuer.deleteContact(ann.id, by: other) }
    await #expect(throws: ContactFault.notFound) {
      try await world.issuer.updateContact(
        ann.id, person("x@y.example", "X", "Y"), as: .merge, check: KeapV1.check, by: other)
    }
    #expect(try await world.issuer.contacts(matching: ContactQuery(), by: other).total == 0)
    #expect(try await world.issuer.company(named: "Bolt", creating: false, by: other) == nil)
    #expect(try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, other).1 == .created)
  }

  @Test("P42: the numbers of contacts and companies are a tenant's own, and tell nothing of another's")
  func numbersOfTenants() async throws {
    let (world, caller) = try await calling()
    for number in 0..<5 {
      _ = try await world.upsert(person("a\(number)@shop.example", company: "Company \(number)"), .email, caller)
    }
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    let other = try await world.issuer.authenticate(
      try await world.tokens(world.app, tenant: second.id).accessToken)
    let first = try await world.upsert(person("first@bolt.example", company: "Bolt"), .email, other).0
    #expect([first.id, first.contact.company?.id ?? 0].sorted() == [1, 2])
    let next = try await world.upsert(person("next@shop.example"), .email, caller).0
    #expect(next.id == 11, "what the other tenant adds does not count")
    #expect(try await world.issuer.company(first.contact.company?.id ?? 0, by: caller)?.name != "Bolt")
    await #expect(throws: ContactFault.notFound) { try await world.issuer.contact(next.id, by: other) }
  }

  @Test("P44: what a request leaves out stays, and null clears")
  func absentIsNotNull() async throws {
    let (world, caller) = try await calling()
    var change = person("ann@shop.example", "Ann", "Ample")
    change[.jobTitle] = .set("Buyer")
    let (ann, _) = try await world.upsert(change, .email, caller)
    let (kept, _) = try await world.upsert(person("ann@shop.example", "Anna", "Ample"), .email, caller)
    #expect(kept.contact[.jobTitle] == "Buyer")
    var clearing = ContactChange()
    clearing[.jobTitle] = .null
    let cleared = try await world.issuer.updateContact(ann.id, clearing, as: .merge, check: KeapV1.check, by: caller)
    #expect(cleared.contact[.jobTitle] == nil)
    #expect(cleared.contact[.givenName] == "Anna")
  }

  @Test("P44: an opt-out is not undone by an upsert, not even when its contact was deleted in between")
  func optOutStays() async throws {
    let (world, caller) = try await calling()
    let (ann, _) = try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, caller)
    try await world.database.write { db in
      try db.execute(
        "INSERT INTO email_statuses (tenant_id, email, status, created_at) VALUES ($1, $2, $3, 1)", caller.tenantID,
        "ann@shop.example", OptStatus.manual.rawValue)
    }
    var change = person("Ann@shop.example", "Ann", "Ample")
    change[.optInReason] = .set("bought something")
    let (upserted, _) = try await world.upsert(change, .email, caller)
    #expect(upserted.id == ann.id)
    #expect(upserted.contact.status(of: "ann@shop.example") == .manual)
    try await world.issuer.deleteContact(ann.id, by: caller)
    let (again, outcome) = try await world.upsert(change, .email, caller)
    #expect(outcome == .created)
    #expect(again.contact.status(of: "ann@shop.example") == .manual)
  }

  @Test("P44: created_by and updated_by name the grants that wrote first and last")
  func writersAreNamed() async throws {
    let (world, caller) = try await calling()
    let other = try await world.issuer.authenticate(try await world.tokens(world.publicApp).accessToken)
    let (ann, _) = try await world.upsert(person("ann@shop.example", "Ann", "Ample"), .email, caller)
    world.time.advance(by: .seconds(1))
    _ = try await world.upsert(person("ann@shop.example", "Anna", "Ample"), .email, other)
    let read = try await world.issuer.contact(ann.id, by: caller)
    #expect(read.createdBy == caller.grantID)
    #expect(read.updatedBy == other.grantID)
    #expect(read.updatedAt == read.createdAt + 1000)
  }

  @Test("an upsert that says nothing new writes nothing")
  func unchangedWritesNothing() async throws {
    let (world, caller) = try await calling()
    let change = person("ann@shop.example", "Ann", "Ample", company: "Bolt")
    let (ann, _) = try await world.upsert(change, .email, caller)
    world.time.advance(by: .seconds(1))
    let before = try await world.database.changeMark()
    let (again, outcome) = try await world.upsert(change, .email, caller)
    #expect(outcome == .unchanged)
    #expect(again == ann)
    #expect(try await world.database.changeMark() == before)
  }

  @Test("P46: many upserts of one new e-mail at once make one contact", arguments: [false, true])
  func upsertRace(onFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("issuer.sqlite")
    let (world, caller) = try await calling(onFile ? SQLite(path: path) : nil)
    var worlds = [world]
    if onFile {
      var elsewhere = world
      elsewhere.database = try SQLite(path: path)
      worlds.append(try await elsewhere.restarted())
    }
    for email in ["ann@shop.example", "bea@shop.example", "cy@shop.example"] {
      let outcomes = try await withThrowingTaskGroup(of: (Int64, UpsertOutcome).self) { group in
        for number in 0..<24 {
          let world = worlds[number % worlds.count]
          group.addTask {
            let (record, outcome) = try await world.upsert(person(email, "N\(number)", "Ample"), .email, caller)
            return (record.id, outcome)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(outcomes.map(\.0)).count == 1)
      #expect(outcomes.filter { $0.1 == .created }.count == 1)
    }
    #expect(try await world.issuer.contacts(matching: ContactQuery(), by: caller).total == 3)
  }

  @Test("a write that arrives after the approval ended is not carried out")
  func writeAfterRevocation() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let caller = try await world.issuer.authenticate(tokens.accessToken)
    try await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: world.app.presented)
    await #expect(throws: ContactFault.accessEnded) {
      try await world.issuer.createContact(person("a@b.example", "A", "B"), check: KeapV1.check, by: caller)
    }
  }

  @Test("what a route asks of a contact is asked before it is stored")
  func checked() async throws {
    let (world, caller) = try await calling()
    var change = ContactChange()
    change[.givenName] = .set("Ann")
    await #expect(throws: ContactFault.invalid("Contact must contain an e-mail address or phone number")) {
      try await world.issuer.createContact(change, check: KeapV1.check, by: caller)
    }
    change.company = .set(CompanyReference(id: 4711))
    await #expect(throws: ContactFault.self) {
      try await world.issuer.createContact(change, check: KeapV1.check, by: caller)
    }
    #expect(try await world.issuer.contacts(matching: ContactQuery(), by: caller).total == 0)
  }

  @Test("lists filter by the normal form of e-mail and names, and by prefix")
  func listsFilter() async throws {
    let (world, caller) = try await calling()
    for (email, given, family) in [
      ("ann@shop.example", "Ann", "Ample"), ("anna@shop.example", "Ánna", "Ample"),
      ("bob@other.example", "Bob", "Brown"),
    ] {
      _ = try await world.upsert(person(email, given, family), .email, caller)
    }
    for (filter, count) in [
      (ContactFilter.text(.email, " ANN@shop.example ", isPrefix: false), 1), (.text(.email, "ann", isPrefix: true), 2),
      (.text(.familyName, "AMPLE", isPrefix: false), 2), (.text(.givenName, "ánna", isPrefix: false), 1),
      (.text(.givenName, "x' OR '1'='1", isPrefix: false), 0), (.ids([1, 3, 99]), 2), (.id(.above, 1), 2),
      (.updatedFrom(world.time.now.milliseconds), 3), (.updatedUntil(world.time.now.milliseconds - 1), 0),
      (.company(7), 0),
    ] {
      var query = ContactQuery()
      query.filters = [filter]
      let page = try await world.issuer.contacts(matching: query, by: caller)
      #expect(page.total == count, "\(filter)")
      #expect(page.records.count == count, "\(filter)")
    }
  }

  @Test(
    "pages by offset and by token cover a list once, in every order", arguments: ContactOrder.allCases, [false, true])
  func pages(order: ContactOrder, isDescending: Bool) async throws {
    let (world, caller) = try await calling()
    for number in 0..<7 {
      world.time.advance(by: .milliseconds(5))
      let family = number % 3 == 0 ? "" : "Family \(number % 2)"
      _ = try await world.upsert(
        person("p\(number % 4)-\(number)@shop.example", "Given \(number % 2)", family), .email, caller)
    }
    var query = ContactQuery()
    query.order = order
    query.page.isDescending = isDescending
    let all = try await world.issuer.contacts(matching: query, by: caller).records.map(\.id)
    #expect(all.sorted() == Array(1...7))
    query.page.limit = 2
    var (byOffset, byToken): ([Int64], [Int64]) = ([], [])
    for offset in stride(from: 0, to: 8, by: 2) {
      query.page.offset = offset
      byOffset += try await world.issuer.contacts(matching: query, by: caller).records.map(\.id)
    }
    query.page.offset = 0
    repeat {
      let page = try await world.issuer.contacts(matching: query, by: caller)
      #expect(page.total == 7)
      byToken += page.records.map(\.id)
      query.page.token = page.nextPageToken
    } while query.page.token != nil && byToken.count < 20
    #expect(byOffset == all)
    #expect(byToken == all)
    query.page.token = "nonsense"
    await #expect(throws: ContactFault.self) { try await world.issuer.contacts(matching: query, by: caller) }
  }
}

/// A world, and somebody who may call in it.
private func calling(_ database: (any Database)? = nil) async throws -> (IssuerWorld, Caller) {
  let world = try await IssuerWorld(database: database)
  let tokens = try await world.tokens(world.app)
  return (world, try await world.issuer.authenticate(tokens.accessToken))
}

private func person(_ email: String, _ given: String = "Ann", _ family: String = "Ample", company: String? = nil)
  -> ContactChange
{
  var change = ContactChange()
  change.emails = .set([EmailAddress(email)])
  change[.givenName] = .set(given)
  change[.familyName] = .set(family)
  if let company { change.company = .set(CompanyReference(name: company)) }
  return change
}

extension IssuerWorld {
  fileprivate func upsert(
    _ change: ContactChange, _ rule: MatchRule, _ caller: Caller
  ) async throws -> (ContactRecord, UpsertOutcome) {
    let result = try await issuer.upsertContact(change, match: rule, check: KeapV1.check, by: caller)
    return (result.record, result.outcome)
  }
}
