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
    let again = one.filled(from: other)
    #expect(again.unmerged == one.unmerged, "filled again it is the same")
    #expect(Set(again.matchKeys()) == Set(one.matchKeys()) && again.filled(from: other) == again)
    for same in [ann.filled(from: ann), ann.filled(from: Contact())] {
      #expect(same.unmerged == ann && Set(same.matchKeys()) == Set(ann.matchKeys()))
    }
    for field in TextField.allCases { #expect(one[field] == ann[field] ?? other[field]) }
    #expect(Set(one.matchKeys()).isSuperset(of: ann.matchKeys()), "it is found by what either was found by")
    #expect(Set(one.matchKeys()).isSuperset(of: other.matchKeys()))
  }

  @Test("P43 in a row of merges each has every key of the two, and stays small", arguments: seeds.prefix(40))
  func row(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var one = random.contact().withoutStatuses
    for number in 1...12 {
      var other = random.contact().withoutStatuses
      if random.chance(30) { other = other.filled(from: random.contact().withoutStatuses) }
      let new = random.chance(50) ? one.filled(from: other) : other.filled(from: one)
      let keys = Set(new.matchKeys())
      #expect(keys.isSuperset(of: one.matchKeys()) && keys.isSuperset(of: other.matchKeys()), "\(number)")
      #expect(new.matched.keyCount == keys.count)
      // A name, a company, and the slots of the addresses.
      var change = ContactChange()
      if random.chance(50) { change[.givenName] = .set(random.text()) }
      if random.chance(50) { change.company = .set(CompanyReference(id: 1, name: random.text())) }
      if !new.emails.isEmpty, random.chance(50) {
        let slots = EmailAddress.Slot.allCases.shuffled(using: &random)
        change.emails = .set(zip(new.emails, slots).map { EmailAddress($0.email ?? "", field: $1) })
      }
      one = change.applied(to: new, as: .replace)
      let left = Set(one.matchKeys())
      for former in new.merged {
        guard let email = former.email else { continue }
        for rule in MatchRule.allCases {
          let key = MatchKey(
            rule: rule, email: email, givenName: former.givenName, familyName: former.familyName,
            company: former.company)
          #expect(left.contains(key), "\(number): \(key.value)")
        }
      }
      #expect(try Contact(stored: one.stored) == one)
      #expect(one.merged.count <= 6 * number, "a few for each merge, however many addresses and names there are by now")
    }
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
  fileprivate var unmerged: Contact {
    var contact = self
    contact.merged = []
    return contact
  }

  fileprivate var withoutStatuses: Contact {
    var contact = self
    contact.knownStatuses = [:]
    for index in contact.emails.indices { contact.emails[index].status = nil }
    return contact
  }
}
