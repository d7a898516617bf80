import Contacts
import TestKit
import Testing
import Wire

@Suite struct ContactChangeTests {
  @Test("P44 absent is not null: what is not named stays, what is null goes, in v1 and v2")
  func absentIsNotNull() throws {
    let empty: JSON = [:]
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let contact = random.contact()
      for act in [ContactAct.upsert, .merge, .replace] {
        #expect(try KeapV1.change(from: empty).applied(to: contact, as: act) == contact)
        #expect(try KeapV2.change(from: empty).applied(to: contact, as: act) == contact)
      }
    }
    var contact = Contact()
    contact[.givenName] = "Ann"
    contact[.familyName] = "Lee"
    contact.birthday = CalendarDate("1985-03-15")
    contact.ownerID = 7
    contact.company = CompanyReference(id: 1, name: "Acme")
    contact.phones = [PhoneNumber("1")]
    let v1 = try KeapV1.change(from: [
      "given_name": .null, "birthday": .null, "owner_id": .null, "company": .null, "phone_numbers": .null,
    ])
    let v2 = try KeapV2.change(from: [
      "given_name": .null, "birth_date": .null, "owner_id": .null, "company": .null, "phone_numbers": .null,
    ])
    #expect(v1 == v2)
    var left = Contact()
    left[.familyName] = "Lee"
    #expect(v1.applied(to: contact, as: .upsert) == left)
  }

  @Test(arguments: seeds) func `a change applied twice changes nothing more`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (contact, change) = (random.contact(), random.contactChange())
    for act in [ContactAct.upsert, .merge, .replace] {
      let once = change.applied(to: contact, as: act)
      #expect(change.applied(to: once, as: act) == once)
      #expect(act != .upsert || !once.differs(after: change))
    }
  }

  @Test(arguments: seeds) func `a contact stays canonical under every change`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var contact = random.contact()
    for act in [ContactAct.upsert, .merge, .replace] {
      contact = random.contactChange().applied(to: contact, as: act)
      #expect(!contact.texts.values.contains(""))
      #expect(contact.emails.allSatisfy { $0.email?.isEmpty == false })
      #expect(contact.emails.map(\.field.rawValue) == contact.emails.map(\.field.rawValue).sorted())
      #expect(try Contact(stored: contact.stored) == contact)
    }
  }

  @Test func `v1 and upserts merge list entries by slot, v2 PATCH replaces the list`() {
    var contact = Contact()
    contact.phones = [PhoneNumber("1"), PhoneNumber("2", field: .phone2)]
    var change = ContactChange()
    change.phones = .set([PhoneNumber("3", field: .phone2), PhoneNumber("4", field: .phone5)])
    let merged = [PhoneNumber("1"), PhoneNumber("3", field: .phone2), PhoneNumber("4", field: .phone5)]
    #expect(change.applied(to: contact, as: .merge).phones == merged)
    #expect(change.applied(to: contact, as: .upsert).phones == merged)
    #expect(change.applied(to: contact, as: .replace).phones == Array(merged.dropFirst()))
    change.phones = .set([])
    #expect(change.applied(to: contact, as: .merge) == contact)
    #expect(change.applied(to: contact, as: .replace).phones.isEmpty)
  }

  @Test func `a number that stays keeps its type, another number does not take it over`() {
    var contact = Contact()
    contact.phones = [PhoneNumber("1", type: "Mobile")]
    var change = ContactChange()
    change.phones = .set([PhoneNumber("1")])
    #expect(!contact.differs(after: change))
    change.phones = .set([PhoneNumber("2")])
    #expect(change.applied(to: contact, as: .upsert).phones == [PhoneNumber("2")])
  }

  @Test func `another street leaves nothing of the old address`() {
    var old = PostalAddress(field: .billing)
    (old.line1, old.line2, old.locality, old.countryCode) = ("1 Old St", "Apt 4", "Phoenix", "USA")
    var contact = Contact()
    contact.addresses = [old]
    var new = PostalAddress(field: .billing)
    (new.line1, new.locality) = ("2 New Ave", "Tempe")
    var change = ContactChange()
    change.addresses = .set([new])
    #expect(change.applied(to: contact, as: .upsert).addresses == [new])
    (new.line1, new.locality) = ("1 Old St", "Mesa")
    change.addresses = .set([new])
    old.locality = "Mesa"
    #expect(change.applied(to: contact, as: .upsert).addresses == [old])
  }

  @Test func `a region said in another spelling is the same region`() throws {
    let written = try KeapV1.change(from: [
      "addresses": [["field": "BILLING", "region": "AZ", "country_code": "USA"]]
    ])
    let contact = written.applied(to: Contact(), as: .create)
    #expect(contact.addresses[0].regionCode == "US-AZ")
    let same = try KeapV2.change(from: [
      "addresses": [["field": "BILLING", "region_code": "US-AZ", "country_code": "USA"]]
    ])
    #expect(!contact.differs(after: same))
    let other = try KeapV2.change(from: [
      "addresses": [["field": "BILLING", "region_code": "US-CA", "country_code": "USA"]]
    ])
    #expect(other.applied(to: contact, as: .upsert).addresses[0].regionCode == "US-CA")
    #expect(other.applied(to: contact, as: .upsert).addresses[0].region == nil)
  }

  @Test func `a post code equals its ZIP parts`() {
    var old = PostalAddress(field: .billing)
    (old.zipCode, old.zipFour) = ("94043", "1351")
    var contact = Contact()
    contact.addresses = [old]
    var new = PostalAddress(field: .billing)
    new.postalCode = "94043-1351"
    var change = ContactChange()
    change.addresses = .set([new])
    #expect(!contact.differs(after: change))
    new.postalCode = "94044"
    change.addresses = .set([new])
    #expect(change.applied(to: contact, as: .upsert).addresses == [new])
  }

  @Test func `a company named in another spelling is the same company`() {
    var contact = Contact()
    contact.company = CompanyReference(id: 3, name: "Woodstock Discos")
    var change = ContactChange()
    change.company = .set(CompanyReference(name: " woodstock  DISCOS"))
    #expect(!contact.differs(after: change))
    change.company = .set(CompanyReference(name: "Riotur"))
    #expect(change.applied(to: contact, as: .upsert).company == CompanyReference(name: "Riotur"))
  }

  @Test func `a change without regions keeps everything else`() {
    var address = PostalAddress(field: .billing)
    (address.line1, address.regionCode, address.countryCode) = ("1 Main St", "NL-VV", "NLD")
    var change = ContactChange()
    change[.givenName] = .set("Ann")
    change.addresses = .set([address])
    #expect(change.hasRegions)
    let without = change.withoutRegions()
    #expect(!without.hasRegions)
    address.regionCode = nil
    #expect(without.addresses == .set([address]))
    #expect(without[.givenName] == .set("Ann"))
  }

  @Test func `the storage form is compact, sorted and leaves out what is empty`() throws {
    var contact = Contact()
    #expect(String(decoding: contact.stored, as: UTF8.self) == "{}")
    contact[.givenName] = "Ann"
    contact.emails = [EmailAddress("ann@example.org", status: .manual)]
    contact.customFields = [CustomField(id: 6, content: "x")]
    contact.undefinedFields = [CustomField(id: 6, content: ["a": 1])]
    let text =
      #"{"custom_field_values":[{"content":"x","id":6}],"custom_fields":[{"content":{"a":1},"id":6}],"#
      + #""email_addresses":[{"email":"ann@example.org","#
      + #""field":"EMAIL1","status":"MANUAL"}],"given_name":"Ann"}"#
    #expect(String(decoding: contact.stored, as: UTF8.self) == text)
  }

  @Test(arguments: ["", "[]", #"{"given_name":1}"#, #"{"nonsense":1}"#, #"{"email_addresses":[{"field":"EMAIL9"}]}"#])
  func `a damaged stored contact is refused and not half read`(text: String) {
    #expect(throws: ContactRefusal.self) { try Contact(stored: text.utf8) }
  }
}
