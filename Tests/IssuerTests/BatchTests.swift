import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct BatchTests {
  @Test("P45: each contact of a batch has its outcome, in order, and one that is refused spoils no other")
  func outcomes() async throws {
    let batch = try await UpsertWorld()
    let known = try await batch.create(newcomer("ann@shop.example", "Ann"))
    let twins = try await [
      batch.create(newcomer("bea@shop.example", "Bea")).id, batch.create(newcomer("bea@shop.example", "Bella")).id,
    ]
    let outcomes = try await batch.send([
      UpsertItem(reference: "new", newcomer("cy@shop.example", "Cy")),
      UpsertItem(newcomer("ANN@shop.example", "Anna")),
      UpsertItem(["reference": "bad", "email_addresses": [["field": "EMAIL1", "email": "nonsense"]]]),
      UpsertItem(newcomer("bea@shop.example", "Bea")),
      UpsertItem(newcomer(" Cy@Shop.example", "Cyril")),
      UpsertItem("no contact"),
      UpsertItem(newcomer("dee@shop.example", "Dee")),
    ])
    #expect(outcomes.map(\.word) == ["created", "updated", "refused", "conflict", "conflict", "refused", "created"])
    #expect(outcomes[1].record?.id == known.id)
    #expect(outcomes[2].refusal?.place == "email_addresses[0].email")
    #expect(outcomes[3].conflict == .candidates(twins, of: 2))
    #expect(outcomes[4].conflict == .repeats(0))
    let made = try #require(outcomes[0].record?.id)
    #expect(try await batch.read(made).contact[.givenName] == "Cy")
    #expect(try await batch.read(known.id).contact[.givenName] == "Anna")
    #expect(try await batch.read(twins[0]).contact[.givenName] == "Bea")
    #expect(try await batch.contactCount == 5)
  }

  @Test("P45: a batch that says nothing new writes nothing")
  func unchanged() async throws {
    let batch = try await UpsertWorld()
    let changes = (0..<20).map { newcomer("p\($0)@shop.example", "P\($0)", company: "Bolt") }
    #expect(try await batch.send(changes).allSatisfy { $0.word == "created" })
    let stored = try await batch.stored()
    batch.world.time.advance(by: .minutes(5))
    #expect(try await batch.send(changes).allSatisfy { $0.word == "unchanged" })
    #expect(try await batch.stored() == stored)
  }

  @Test("P45: a dry run says what would be, and writes nothing")
  func dryRun() async throws {
    let batch = try await UpsertWorld()
    _ = try await batch.create(newcomer("ann@shop.example", "Ann"))
    _ = try await batch.create(newcomer("bea@shop.example", "Bea"))
    let items = [
      newcomer("ann@shop.example", "Anna"), newcomer("bea@shop.example", "Bea"),
      newcomer("cy@shop.example", "Cy", company: "Bolt"), newcomer("cy@shop.example", "Cyril"), ContactChange(),
    ]
    let stored = try await batch.stored()
    let tried = try await batch.send(items, isDryRun: true)
    #expect(tried.map(\.word) == ["updated", "unchanged", "created", "conflict", "refused"])
    #expect(try await batch.stored() == stored)
    #expect(try await batch.send(items).map(\.word) == tried.map(\.word))
  }

  @Test("P45: two contacts of a batch that stand for one that was merged are found to be the same")
  func mergedTwice() async throws {
    let batch = try await UpsertWorld()
    let ann = try await batch.create(newcomer("ann@shop.example", "Ann"))
    let old = try await batch.create(newcomer("old@shop.example", "Ann"))
    _ = try await batch.world.issuer.mergeContact(old.id, into: ann.id, by: batch.caller)
    let outcomes = try await batch.send([
      newcomer("old@shop.example", "Annie"), newcomer("ann@shop.example", "Anna"),
    ])
    #expect(outcomes[0].record?.id == ann.id)
    #expect(outcomes[1].conflict == .repeats(0))
    #expect(try await batch.read(ann.id).contact.email == "ann@shop.example")
  }

  @Test("P43: contacts match by the rule that is named, and of several that do none is written")
  func rules() async throws {
    let batch = try await UpsertWorld()
    let bolt = try await batch.create(newcomer("ann@shop.example", "Ann", company: "Bolt"))
    let nuts = try await batch.create(newcomer("ann@shop.example", "Ann", company: "Nuts"))
    let bea = try await batch.create(newcomer("ann@shop.example", "Bea"))
    for (change, rule, found) in [
      (newcomer("ann@shop.example", "Bea"), MatchRule.email, [bolt.id, nuts.id, bea.id]),
      (newcomer("ann@shop.example", " BEA "), .emailAndName, [bea.id]),
      (newcomer("ann@shop.example", "Ann"), .emailAndName, [bolt.id, nuts.id]),
      (newcomer("ann@shop.example", "Ann", company: "nuts"), .emailAndNameAndCompany, [nuts.id]),
      (newcomer("ann@shop.example", "Ann"), .emailAndNameAndCompany, []),
    ] {
      let outcome = try await batch.send([change], rule, isDryRun: true)[0]
      switch found.count {
      case 0: #expect(outcome == .created(nil))
      case 1: #expect(outcome.record?.id == found[0])
      default: #expect(outcome.conflict == .candidates(found, of: found.count))
      }
    }
  }

  @Test("P44: what a batch leaves out stays, null clears, and no opt-out is undone")
  func absentAndNull() async throws {
    let batch = try await UpsertWorld()
    var change = newcomer("ann@shop.example", "Ann")
    change[.jobTitle] = .set("Buyer")
    change[.middleName] = .set("Amy")
    let made = try await batch.create(change)
    _ = try await batch.world.issuer.changeEmailStatus(
      of: "ann@shop.example", EmailStatusChange(optsIn: false, reason: "said no"), by: batch.caller)
    let items: [JSON] = [
      [
        "email_addresses": [["field": "EMAIL1", "email": "ann@shop.example", "opt_in_reason": "bought something"]],
        "middle_name": .null,
      ]
    ]
    #expect(try await batch.send(items.map { UpsertItem($0) })[0].record?.id == made.id)
    // Nor that of an address that nobody has yet.
    _ = try await batch.world.issuer.changeEmailStatus(
      of: "bea@shop.example", EmailStatusChange(optsIn: false, reason: "said no"), by: batch.caller)
    let bea: JSON = [
      "email_addresses": [["field": "EMAIL1", "email": "bea@shop.example", "opt_in_reason": "bought something"]]
    ]
    let added = try #require(try await batch.send([UpsertItem(bea)])[0].record)
    #expect(try await batch.read(added.id).contact.status(of: "bea@shop.example") == .manual)
    let contact = try await batch.read(made.id).contact
    #expect(contact[.jobTitle] == "Buyer")
    #expect(contact[.middleName] == nil)
    #expect(contact.status(of: "ann@shop.example") == .manual)
  }

  @Test("P44: what a contact of a batch says of an address is known to those behind it")
  func saidBefore() async throws {
    let batch = try await UpsertWorld()
    let items: [JSON] = ["ann", "bea", "cy"].map { name in
      // The last one says nothing of the address that all have.
      let shared: JSON = ["field": "EMAIL2", "email": "all@shop.example"]
      let asked: JSON = ["field": "EMAIL2", "email": "all@shop.example", "opt_in_reason": "asked for it"]
      let own: JSON = ["field": "EMAIL1", "email": .string("\(name)@shop.example")]
      return ["email_addresses": [own, name == "cy" ? shared : asked]]
    }
    for outcome in try await batch.send(items.map { UpsertItem($0) }) {
      let record = try #require(outcome.record)
      #expect(outcome.word == "created")
      #expect(record.contact.status(of: "all@shop.example") == .singleOptIn)
      #expect(try await batch.read(record.id).contact.emails == record.contact.emails)
    }
  }

  @Test("P42: a batch finds and changes contacts of its own tenant alone")
  func otherTenants() async throws {
    let batch = try await UpsertWorld()
    let tenant = try await batch.world.issuer.addTenant(name: "Other Shop")
    try await batch.world.issuer.addMember(email: batch.world.user.email, tenant: tenant.name)
    var elsewhere = batch
    let tokens = try await batch.world.tokens(batch.world.publicApp, tenant: tenant.id)
    elsewhere.caller = try await batch.world.issuer.authenticate(tokens.accessToken)
    let mine = try await batch.create(newcomer("ann@shop.example", "Ann", company: "Bolt"))
    let theirs = try await elsewhere.send([newcomer("ann@shop.example", "Anna", company: "Bolt")])[0]
    #expect(theirs.word == "created")
    #expect(try await batch.read(mine.id) == mine)
    // Of two that are found here none would be taken; two of somebody else's are not found.
    for _ in 0..<2 { _ = try await elsewhere.create(newcomer("cyd@shop.example", "Cyd")) }
    #expect(try await batch.send([newcomer("cyd@shop.example", "Cyd")])[0].word == "created")
    let company = try #require(theirs.record?.contact.company?.id)
    var change = newcomer("bea@shop.example", "Bea")
    change.company = .set(CompanyReference(id: company))
    let refused = try await batch.send([change])[0]
    // Numbers are the tenant's own, so the other one's company may be another here, but is never this one.
    let isRefused = refused.refusal?.place == "company.id"
    #expect(isRefused || refused.record?.contact.company == mine.contact.company)
    // Nor where many share an address.
    for _ in 0..<2 { _ = try await batch.create(newcomer("desk@shop.example", "Zoe")) }
    for number in 0..<6 { _ = try await elsewhere.create(newcomer("desk@shop.example", "N\(number)")) }
    let zoe = newcomer("desk@shop.example", "Zoe")
    #expect(try await elsewhere.send([zoe], .emailAndName, isDryRun: true)[0].word == "created")
    #expect(try await batch.send([zoe], .emailAndName, isDryRun: true)[0].word == "conflict")
  }

  @Test("P45: what becomes of a contact is refused with the place of what is at fault")
  func places() async throws {
    let batch = try await UpsertWorld()
    func refusal(_ members: [String: JSON]) async throws -> PlacedRefusal? {
      let address: JSON = ["field": "EMAIL1", "email": "ann@shop.example"]
      let item = JSON.object(["email_addresses": [address]].merging(members) { _, new in new })
      return try await batch.send([UpsertItem(item)])[0].refusal
    }
    let long = JSON.string(String(repeating: "x", count: 41))
    for (members, place) in [
      (["given_name": long], "given_name"), (["company": ["id": "99"]], "company.id"),
      (["company": ["company_name": 5]], "company.company_name"), (["birth_date": "soon"], "birth_date"),
      (["custom_fields": [["id": "99", "content": "x"]]], "custom_fields[0]"),
      (["email_addresses": [["email": "ann@shop.example"], ["email": "ann@"]]], "email_addresses[1].email"),
      (
        ["email_addresses": [["field": "EMAIL1", "email": "a@shop.example"], ["field": "EMAIL1"]]],
        "email_addresses[1].field"
      ),
      (["email_addresses": .null], "email_addresses"), (["email_addresses": "none"], "email_addresses"),
      (["phone_numbers": [["field": "PHONE1", "number": .bool(true)]]], "phone_numbers[0].number"),
      (["addresses": [["field": "BILLING", "country_code": "XXX"]]], "addresses[0]"),
      (["reference": 5], "reference"),
      (["fax_numbers": .array((0..<3).map { ["number": .string("\($0)")] })], "fax_numbers[2]"),
    ] as [([String: JSON], String)] {
      #expect(try await refusal(members)?.place == place, "\(members)")
    }
    #expect(try await batch.contactCount == 0)
  }

  @Test("P45: what is at fault is found beside any number of members that nobody knows")
  func manyMembers() {
    var many: [String: JSON] = [:]
    for number in 0..<200 { many["a\(number)"] = 1 }
    func refusal(_ members: [String: JSON]) -> PlacedRefusal? {
      if case .failure(let refusal) = UpsertItem(.object(members)).change { refusal } else { nil }
    }
    var contact = many, company = many, phone = many
    contact["birth_date"] = "soon"
    #expect(refusal(contact)?.place == "birth_date")
    company["company_name"] = 5
    #expect(refusal(["company": .object(company)])?.place == "company")
    phone["number"] = true
    #expect(refusal(["phone_numbers": [.object(phone)]])?.place == "phone_numbers[0]")
  }

  private func newcomer(_ email: String, _ given: String, company: String? = nil) -> ContactChange {
    UpsertWorld.person(email, given, "Ample", company: company)
  }
}
