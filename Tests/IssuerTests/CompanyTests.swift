import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct CompanyTests {
  @Test("a company reads back as it was written, and says who wrote it")
  func readsBack() async throws {
    let two = try await TwoTenants()
    let made = try await two.issuer.createCompany(.named("Bolt  Works", city: "Phoenix"), by: two.caller)
    let read = try #require(try await two.issuer.company(made.id, by: two.caller))
    #expect(read == made)
    #expect(read.name == "Bolt Works")
    #expect(read.company.notes == "since 2020")
    #expect(read.company.details.addresses.first?.locality == "Phoenix")
    #expect(read.createdBy == two.world.user.id && read.updatedBy == two.world.user.id)
    #expect(read.createdAt == two.world.time.now.milliseconds)
  }

  @Test("a name stands for one company: a request that is repeated changes it and makes no second one")
  func onePerName() async throws {
    let two = try await TwoTenants()
    let made = try await two.issuer.createCompany(.named("Bolt", city: "Phoenix"), by: two.caller)
    let mark = try await two.world.database.changeMark()
    let again = try await two.issuer.createCompany(.named(" BOLT", city: "Phoenix"), by: two.caller)
    #expect(again == made)
    #expect(try await two.world.database.changeMark() == mark, "it said nothing new")
    let moved = try await two.issuer.createCompany(.named("bolt", city: "Tucson"), by: two.caller)
    #expect(moved.id == made.id && moved.name == "Bolt")
    #expect(moved.company.details.addresses.first?.locality == "Tucson")
    #expect(moved.company.details.phones == made.company.details.phones)
    #expect(try await two.issuer.companies(matching: CompanyQuery(), by: two.caller).total == 1)
    await #expect(throws: ContactFault.invalid("company_name is required")) {
      try await two.issuer.createCompany(CompanyChange(), by: two.caller)
    }
  }

  @Test("P44: what a request leaves out of a company stays, and null clears")
  func absentIsNotNull() async throws {
    let two = try await TwoTenants()
    let made = try await two.issuer.createCompany(.named("Bolt", city: "Phoenix"), by: two.caller)
    two.world.time.advance(by: .seconds(1))
    var change = CompanyChange()
    change.notes = .null
    change.details[.website] = .set("https://bolt.example")
    let read = try await two.issuer.updateCompany(made.id, change, as: .replace, by: two.caller)
    #expect(read.company.notes == nil)
    #expect(read.company.details[.website] == "https://bolt.example")
    #expect(read.company.details.addresses == made.company.details.addresses)
    #expect(read.updatedAt == made.updatedAt + 1000)
    let mark = try await two.world.database.changeMark()
    #expect(try await two.issuer.updateCompany(made.id, change, as: .replace, by: two.caller) == read)
    #expect(try await two.world.database.changeMark() == mark, "it said nothing new")
  }

  @Test("v1 lays an address over the one that is there, wherever v2 has put it; v2 replaces it")
  func addresses() async throws {
    let two = try await TwoTenants()
    var change = CompanyChange.named("Bolt")
    var address = PostalAddress(field: .shipping)
    (address.line1, address.locality) = ("1 Main St", "Phoenix")
    change.details.addresses = .set([address])
    let made = try await two.issuer.createCompany(change, by: two.caller)
    func update(_ body: JSON, _ act: ContactAct) async throws -> [PostalAddress] {
      let change =
        try act == .merge ? KeapV1.companyChange(from: body) : KeapV2.companyChange(from: body)
      return try await two.issuer.updateCompany(made.id, change, as: act, by: two.caller).company.details.addresses
    }
    (address.field, address.line2) = (.billing, "Suite 7")
    #expect(try await update(["address": ["line2": "Suite 7"]], .merge) == [address])
    var other = PostalAddress(field: .other)
    other.locality = "Tucson"
    #expect(try await update(["address": ["locality": "Tucson", "field": "OTHER"]], .replace) == [other])
  }

  @Test("P43: a company's new name goes to its contacts and their match keys")
  func rename() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact(company: "Bolt")
    let id = try #require(ann.contact.company?.id)
    var change = CompanyChange()
    change.name = .set("Nuts")
    #expect(try await two.issuer.updateCompany(id, change, as: .merge, by: two.caller).name == "Nuts")
    #expect(
      try await two.issuer.contact(ann.id, by: two.caller).contact.company == CompanyReference(id: id, name: "Nuts"))
    func upsert(_ company: String) async throws -> Int64 {
      try await two.issuer.upsertContact(
        TwoTenants.person("ann@shop.example", company: company), match: .emailAndNameAndCompany, check: KeapV1.check,
        by: two.caller
      ).record.id
    }
    #expect(try await upsert("nuts") == ann.id)
    #expect(try await upsert("Bolt") != ann.id)
  }

  @Test("a new name that did not reach all contacts is carried on by the next change")
  func renameGoesOn() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact(company: "Bolt")
    let id = try #require(ann.contact.company?.id)
    // As an act leaves it that ends after its first transaction.
    try await two.world.database.write { db in
      try db.execute("UPDATE companies SET name = 'Nuts', normal_name = 'nuts', renaming = 1 WHERE id = $1", id)
    }
    var change = CompanyChange()
    change.notes = .set("x")
    _ = try await two.issuer.updateCompany(id, change, as: .merge, by: two.caller)
    #expect(try await two.issuer.contact(ann.id, by: two.caller).contact.company?.name == "Nuts")
    let left = try await two.world.database.read { db in
      try db.rows("SELECT id FROM companies WHERE renaming IS NOT NULL").count
    }
    #expect(left == 0)
  }

  @Test("P43: a company that is renamed or deleted takes all its contacts along, however many, and no other's")
  func manyContacts() async throws {
    let two = try await TwoTenants()
    let count = TenantContacts.mostContactsAtOnce + 3
    var people: [ContactRecord] = []
    for number in 0..<count { people.append(try await two.contact("p\(number)@shop.example", company: "Bolt")) }
    let neighbour = try await two.contact("zoe@shop.example", company: "Nuts")
    let id = try #require(people[0].contact.company?.id)
    var change = CompanyChange()
    change.name = .set("Screws")
    _ = try await two.issuer.updateCompany(id, change, as: .merge, by: two.caller)
    for person in [people[0], people[count - 1]] {
      #expect(try await two.issuer.contact(person.id, by: two.caller).contact.company?.name == "Screws")
    }
    try await two.issuer.deleteCompany(id, by: two.caller)
    var query = ContactQuery()
    query.filters = [.company(id)]
    #expect(try await two.issuer.contacts(matching: query, by: two.caller).total == 0)
    for person in people {
      #expect(try await two.issuer.contact(person.id, by: two.caller).contact.company == nil)
    }
    #expect(try await two.issuer.contact(neighbour.id, by: two.caller) == neighbour)
    #expect(try await two.issuer.company(id, by: two.caller) == nil)
    await #expect(throws: ContactFault.missing(.company)) { try await two.issuer.deleteCompany(id, by: two.caller) }
    // The match key of each contact is that of somebody without a company.
    let (record, outcome) = try await two.issuer.upsertContact(
      TwoTenants.person("p0@shop.example"), match: .emailAndNameAndCompany, check: KeapV1.check, by: two.caller)
    #expect(record.id == people[0].id && outcome == .unchanged)
    await #expect(throws: ContactFault.invalid("company.id: there is no company \(id)")) {
      var change = TwoTenants.person("new@shop.example")
      change.company = .set(CompanyReference(id: id))
      _ = try await two.issuer.createContact(change, check: KeapV1.check, by: two.caller)
    }
  }

  @Test("a name that another company has is refused, and nothing of the request is done")
  func nameTaken() async throws {
    let two = try await TwoTenants()
    let bolt = try await two.issuer.createCompany(.named("Bolt"), by: two.caller)
    _ = try await two.issuer.createCompany(.named("Nuts"), by: two.caller)
    var change = CompanyChange()
    change.name = .set("NUTS")
    change.notes = .set("new")
    await #expect(throws: ContactFault.nameTaken(.company)) {
      try await two.issuer.updateCompany(bolt.id, change, as: .merge, by: two.caller)
    }
    #expect(try await two.issuer.company(bolt.id, by: two.caller) == bolt)
  }

  @Test("an address without its country or an owner who is nobody here is refused, and no company is made")
  func refused() async throws {
    let two = try await TwoTenants()
    let stranger = try await two.stranger()
    var owned = CompanyChange.named("Bolt")
    owned.details.ownerID = .set(stranger)
    await #expect(throws: ContactFault.invalid("owner_id: there is no user \(stranger)")) {
      try await two.issuer.createCompany(owned, by: two.caller)
    }
    var address = PostalAddress(field: .billing)
    address.region = "Arizona"
    var placed = CompanyChange.named("Bolt")
    placed.details.addresses = .set([address])
    await #expect(throws: ContactFault.invalid("BILLING country_code is required if region is specified")) {
      try await two.issuer.createCompany(placed, by: two.caller)
    }
    #expect(try await two.issuer.companies(matching: CompanyQuery(), by: two.caller).total == 0)
  }

  @Test("P42: companies of another tenant are not there: not to read, name, change, list or delete")
  func tenantsAreApart() async throws {
    let two = try await TwoTenants()
    let bolt = try await two.issuer.createCompany(.named("Bolt"), by: two.caller)
    #expect(try await two.issuer.company(bolt.id, by: two.other) == nil)
    await #expect(throws: ContactFault.missing(.company)) {
      try await two.issuer.updateCompany(bolt.id, .named("Nuts"), as: .merge, by: two.other)
    }
    await #expect(throws: ContactFault.missing(.company)) {
      try await two.issuer.deleteCompany(bolt.id, by: two.other)
    }
    #expect(try await two.issuer.companies(matching: CompanyQuery(), by: two.other).total == 0)
    let theirs = try await two.issuer.createCompany(.named("Bolt"), by: two.other)
    try await two.issuer.deleteCompany(theirs.id, by: two.other)
    #expect(try await two.issuer.company(bolt.id, by: two.caller) == bolt)
  }

  @Test("P44: an address that opted out stays so as a company's")
  func optOut() async throws {
    let two = try await TwoTenants()
    try await two.world.database.write { db in
      try db.execute(
        """
        INSERT INTO email_statuses (tenant_id, email, status, created_at) VALUES ($1, 'no@bolt.example', $2, 1)
        """, two.caller.tenantID, OptStatus.manual.rawValue)
    }
    var change = CompanyChange.named("Bolt")
    change.details.emails = .set([EmailAddress("No@bolt.example")])
    change.details[.optInReason] = .set("bought something")
    let made = try await two.issuer.createCompany(change, by: two.caller)
    #expect(made.company.details.status(of: "no@bolt.example") == .manual)
    change.details.emails = .set([EmailAddress("yes@bolt.example")])
    change.details[.optInReason] = .set("asked for it")
    let asked = try await two.issuer.createCompany(change, by: two.caller)
    #expect(asked.company.details.status(of: "yes@bolt.example") == .singleOptIn)
  }
}
