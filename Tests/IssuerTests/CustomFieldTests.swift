import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite("Custom fields")
struct CustomFieldTests {
  @Test("a number that is not defined for contacts is refused on create, update and upsert, and nothing is written")
  func undefined() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let text = try await world.defineField("Colour", .text, caller)
    let ofCompanies = try await world.issuer.defineCustomField(
      NewCustomField(label: "Size", type: .text), for: .company, by: caller)
    let ann = try await world.addContact(customer("ann@shop.example", [(text.id, "red")]), caller)
    let mark = try await world.fieldState()
    for id in [0, -1, Int64.max, ofCompanies.id, ann.id] {
      let fault = ContactFault.invalid("custom_fields: there is no custom field \(id) for contacts")
      var change = customer("ann@shop.example", [(text.id, "blue"), (id, "x")], company: "Never made")
      change[.givenName] = .set("Bea")
      await #expect(throws: fault) { try await world.addContact(change, caller) }
      await #expect(throws: fault) {
        try await world.issuer.upsertContact(change, match: .email, check: KeapV1.check, by: caller)
      }
      for act in [ContactAct.merge, .replace] {
        await #expect(throws: fault) {
          try await world.issuer.updateContact(ann.id, change, as: act, check: KeapV1.check, by: caller)
        }
      }
    }
    #expect(try await world.fieldState() == mark)
  }

  @Test("a content is normalised before it is compared, so that another spelling of it writes nothing")
  func normalised() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let colour = try await world.defineField("Colour", .dropdown, caller, ["Red", "Blue"])
    let age = try await world.defineField("Age", .wholeNumber, caller)
    let ann = try await world.addContact(customer("ann@shop.example", [(colour.id, "red"), (age.id, "32")]), caller)
    #expect(
      ann.contact.customFields == [CustomField(id: colour.id, content: "Red"), CustomField(id: age.id, content: 32)])
    world.time.advance(by: .seconds(1))
    let (same, outcome) = try await world.issuer.upsertContact(
      customer("ann@shop.example", [(age.id, 32.0), (colour.id, 1)]), match: .email, check: KeapV1.check, by: caller)
    #expect(outcome == .unchanged)
    #expect(same == ann)
    await #expect(throws: ContactFault.invalid("custom_fields.\(age.id) (Age) must be a whole number")) {
      try await world.issuer.updateContact(
        ann.id, customer("ann@shop.example", [(age.id, "old")]), as: .merge, check: KeapV1.check, by: caller)
    }
  }

  @Test("a deleted definition hides what contacts hold of it at once, and the next write drops it")
  func deletion() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let colour = try await world.defineField("Colour", .text, caller)
    let age = try await world.defineField("Age", .wholeNumber, caller)
    let ann = try await world.addContact(customer("ann@shop.example", [(colour.id, "red"), (age.id, 32)]), caller)
    #expect(try await world.issuer.deleteCustomField(colour.id, of: .contact, by: caller))
    #expect(try await !world.issuer.deleteCustomField(colour.id, of: .contact, by: caller), "it is gone")
    let read = try await world.issuer.contact(ann.id, by: caller)
    #expect(KeapV2.contact(read)["custom_fields"] == [["id": .string(String(age.id)), "content": 32]])
    let list = try await world.issuer.contacts(matching: ContactQuery(), by: caller).records
    #expect(list == [read])
    // A new field of the same label shows nothing of the old one.
    let again = try await world.defineField("Colour", .text, caller)
    #expect(again.fieldName == colour.fieldName)
    #expect(again.id > age.id)
    let shown = try await world.issuer.contact(ann.id, by: caller)
    #expect(KeapV1.contact(shown, optional: ["custom_fields"])["custom_fields"]?[1]?["content"] == JSON.null)

    world.time.advance(by: .seconds(1))
    let (_, outcome) = try await world.issuer.upsertContact(
      customer("ann@shop.example"), match: .email, check: KeapV1.check, by: caller)
    #expect(outcome == .unchanged, "what is hidden is no reason to write")
    var change = ContactChange()
    change[.jobTitle] = .set("Buyer")
    let saved = try await world.issuer.updateContact(ann.id, change, as: .merge, check: KeapV1.check, by: caller)
    #expect(saved.contact.customFields == [CustomField(id: age.id, content: 32)])
    #expect(try await world.issuer.contact(ann.id, by: caller) == saved)
    await #expect(throws: ContactFault.self) {
      try await world.addContact(customer("bea@shop.example", [(colour.id, "red")]), caller)
    }
  }

  @Test(
    "contents from when any number was taken are hidden and kept, and never come up under a field that is defined later"
  )
  func contentsOfBefore() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let ann = try await world.addContact(customer("ann@shop.example"), caller)
    let next = ann.id + 1
    try await world.database.write { db in
      let document = "{\"custom_fields\":[{\"content\":{\"a\":1},\"id\":\(next)}],\"given_name\":\"Ann\"}"
      try db.execute(
        "UPDATE contacts SET document = $2 WHERE tenant_id = $1", caller.tenantID, Array(document.utf8))
    }
    let read = try await world.issuer.contact(ann.id, by: caller)
    #expect(read.contact[.givenName] == "Ann")
    #expect(KeapV2.contact(read)["custom_fields"] == [])
    let colour = try await world.defineField("Colour", .text, caller)
    #expect(colour.id == next, "the number that was taken")
    let shown: JSON = [["id": .string(String(next)), "content": .null]]
    #expect(KeapV2.contact(try await world.issuer.contact(ann.id, by: caller))["custom_fields"] == shown)
    var change = ContactChange()
    change[.jobTitle] = .set("Buyer")
    let saved = try await world.issuer.updateContact(ann.id, change, as: .replace, check: KeapV1.check, by: caller)
    #expect(KeapV2.contact(saved)["custom_fields"] == shown)
    #expect(try await world.issuer.contact(ann.id, by: caller).contact.undefinedFields == read.contact.undefinedFields)
    change.customFields = .set([])
    let emptied = try await world.issuer.updateContact(ann.id, change, as: .replace, check: KeapV1.check, by: caller)
    #expect(emptied.contact.undefinedFields == [])
  }

  @Test("an act reads what is defined once, however many fields and contacts it has to do with")
  func oneLookup() async throws {
    let store = ExplainingDatabase(try SQLite.inMemory())
    let (world, caller) = try await IssuerWorld.calling(store)
    var contents: [(Int64, JSON)] = []
    for number in 0..<10 { contents.append((try await world.defineField("F\(number)", .text, caller).id, "x")) }
    for number in 0..<3 { _ = try await world.addContact(customer("a\(number)@shop.example", contents), caller) }
    func lookups(_ act: () async throws -> Void) async throws -> Int {
      _ = store.takeLines()
      try await act()
      return store.takeLines().filter { $0.hasPrefix("SEARCH f USING") }.count
    }
    #expect(try await lookups { _ = try await world.issuer.contacts(matching: ContactQuery(), by: caller) } == 1)
    #expect(try await lookups { _ = try await world.addContact(customer("b@shop.example", contents), caller) } == 1)
    let upserts = try await lookups {
      var change = customer("b@shop.example", contents.map { ($0.0, "y") })
      change[.jobTitle] = .set("Buyer")
      _ = try await world.issuer.upsertContact(change, match: .email, check: KeapV1.check, by: caller)
    }
    #expect(upserts == 1)
  }

  @Test("a definition that arrives after the approval ended is not made")
  func writeAfterRevocation() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let caller = try await world.issuer.authenticate(tokens.accessToken)
    try await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: world.app.presented)
    await #expect(throws: ContactFault.accessEnded) { try await world.defineField("Colour", .text, caller) }
  }
}
