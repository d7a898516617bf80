import TestKit
import Testing
import Wire

@testable import Contacts

/// What becomes of two contacts that are one person.
@Suite struct ContactFillingTests {
  @Test func `what is empty is filled, and what is there stays`() {
    var ann = Contact(), other = Contact()
    ann[.givenName] = "Ann"
    ann.emails = [EmailAddress("ann@example.org")]
    ann.phones = [PhoneNumber("(602) 555-1234", field: .phone2)]
    ann.customFields = [CustomField(id: 5, content: "kept")]
    other[.givenName] = "Anna"
    other[.familyName] = "Ample"
    other.birthday = CalendarDate("1985-03-15")
    other.emails = [EmailAddress("second@example.org"), EmailAddress("ANN@example.org", field: .email2)]
    other.phones = [PhoneNumber("602 555 1234"), PhoneNumber("1", field: .phone2), PhoneNumber("2", field: .phone5)]
    other.customFields = [CustomField(id: 3, content: "new"), CustomField(id: 5, content: "lost")]
    other.company = CompanyReference(id: 7, name: "Bolt")
    var (bill, ship) = (PostalAddress(field: .billing), PostalAddress(field: .shipping))
    (bill.line1, ship.line1) = ("1 Main St", "2 Main St")
    (ann.addresses, other.addresses) = ([bill], [PostalAddress.named(.billing, "3 Main St"), ship])
    let one = ann.filled(from: other)
    #expect(one[.givenName] == "Ann" && one[.familyName] == "Ample")
    #expect(one.birthday == other.birthday && one.company == other.company)
    #expect(
      one.emails == [EmailAddress("ann@example.org"), EmailAddress("second@example.org", field: .email2)],
      "an address that is there is not there twice, and one whose slot is taken goes to a free one")
    #expect(one.phones.map(\.number) == ["1", "(602) 555-1234", "2"])
    #expect(one.phones.map(\.field) == [.phone1, .phone2, .phone5])
    #expect(one.addresses == [bill, ship], "an address for bills is none for goods")
    #expect(one.customFields == [CustomField(id: 3, content: "new"), CustomField(id: 5, content: "kept")])
  }

  @Test(arguments: seeds) func `a contact is filled in the form in which contacts are kept`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (ann, other) = (random.record().contact.withoutStatuses, random.record().contact.withoutStatuses)
    let one = ann.filled(from: other)
    #expect(try Contact(stored: one.stored) == one)
    #expect(one.filled(from: other) == one, "filled again it is the same")
    #expect(ann.filled(from: ann) == ann)
    #expect(ann.filled(from: Contact()) == ann)
    for field in TextField.allCases { #expect(one[field] == ann[field] ?? other[field]) }
    #expect(Set(one.matchKeys()).isSuperset(of: ann.matchKeys()), "it is found by what either was found by")
    #expect(Set(one.matchKeys()).isSuperset(of: other.matchKeys()))
  }
}

extension PostalAddress {
  fileprivate static func named(_ slot: Slot, _ line: String) -> PostalAddress {
    var address = PostalAddress(field: slot)
    address.line1 = line
    return address
  }
}

extension Contact {
  fileprivate var withoutStatuses: Contact {
    var contact = self
    contact.knownStatuses = [:]
    for index in contact.emails.indices { contact.emails[index].status = nil }
    return contact
  }
}
