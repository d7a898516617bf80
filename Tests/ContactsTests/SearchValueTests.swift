import TestKit
import Testing
import Wire

@testable import Contacts

/// The forms by which lists find contacts.
@Suite struct SearchValueTests {
  @Test func `a contact is found by each of its numbers, places and sites in normal form`() throws {
    var contact = Contact()
    contact[.website] = "https://Example.org/"
    contact.phones = [PhoneNumber("(602) 555-1234", field: .phone2), PhoneNumber("none", field: .phone3)]
    contact.phones[0].numberE164 = "+16025551234"
    var address = PostalAddress(field: .shipping)
    (address.line1, address.locality, address.regionCode) = (" 1  Main St", "PHOENIX", "US-AZ")
    (address.zipCode, address.zipFour, address.countryCode) = ("85001", "1234", "USA")
    contact.addresses = [address]
    let values = contact.searchValues([:]).map { "\($0.field.name)=\($0.value)" }.sorted()
    #expect(
      values == [
        "PHONE2=16025551234", "PHONE2=6025551234", "SHIPPING.country_code=usa", "SHIPPING.line1=1 main st",
        "SHIPPING.locality=phoenix", "SHIPPING.postal_code=85001", "SHIPPING.postal_code=85001-1234",
        "SHIPPING.region=arizona", "website=https://example.org/",
      ])
  }

  @Test func `a telephone number is its digits, in whatever letters it is written`() {
    for text in ["+44 (0)20 7946", "+44 (0)20\u{A0}7946", "440\u{2013}20\u{2013}7946"] {
      #expect(NormalForm.phone(text) == "440207946", "\(text)")
    }
    #expect(NormalForm.phone("none") == "")
  }

  @Test func `numbers compare as their forms do`() {
    let whole = [Int64.min, -300, -1, 0, 1, 9, 10, 256, Int64.max]
    #expect(whole.map { NormalForm.number($0) }.sorted() == whole.map { NormalForm.number($0) })
    let decimals = [-1e14, -2.5, -1, -0.001, 0, 0.001, 1, 2.5, 10, 1e14]
    #expect(decimals.map { NormalForm.decimal($0) }.sorted() == decimals.map { NormalForm.decimal($0) })
    #expect(NormalForm.decimal(-0.0) == NormalForm.decimal(0))
  }

  @Test(arguments: seeds) func `any two numbers compare as their forms do`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let (one, other) = (
        Int64.random(in: Int64.min...Int64.max, using: &random), Int64.random(in: Int64.min...Int64.max, using: &random)
      )
      #expect((one < other) == (NormalForm.number(one) < NormalForm.number(other)))
      let (few, many) = (Double.random(in: -1e6...1e6, using: &random), Double.random(in: -1e6...1e6, using: &random))
      #expect((few < many) == (NormalForm.decimal(few) < NormalForm.decimal(many)))
    }
  }

  @Test func `a text that is cut is equal to no filter, and begins with what it begins with`() throws {
    let longest = String(repeating: "\u{587}", count: 255)
    let form = NormalForm.name(longest)
    #expect(form.utf8.count > longest.utf8.count && NormalForm.cut(form) == form)
    let text = NormalForm.cut(NormalForm.name(String(repeating: longest, count: 100)))
    #expect(text.hasPrefix(form) && text != form && text.utf8.count <= 4096)
  }

  @Test(
    arguments: [
      (CustomFieldType.text, "Blue Sky", "f==BLUE  sky", true), (.text, "Blue Sky", "f==blue*", true),
      (.textArea, "Blue", "f==red", false), (.dropdown, "Gold, very", "f==gold*", true),
      (.drilldown, "Gold", "f==gold", true),
      (.socialSecurityNumber, "123-45-6789", "f==123456789", true),
      (.yesNo, 1, "F==yes", true), (.yesNo, 1, "f==false", false),
      (.wholeNumber, 12, "f>9", true), (.wholeNumber, -3, "f<-2", true), (.wholeNumber, 9, "f>9", false),
      (.decimalNumber, 2.5, "f>=2.5", true), (.currency, 12, "f==12.00", true), (.year, 2024, "f<=2023", false),
      (.date, "2026-01-02", "f>2026-01-01T00:00:00.000Z", true),
      (.date, "2026-01-01", "f==2026-01-01T00:00:00.000Z", true),
      (.dateTime, "2026-01-01T10:30:00.000Z", "f<2026-01-01T12:00:00.000+0100", true),
      (.listBox, "Red,Deep Blue", "f==deep blue", true), (.listBox, "Red,Deep Blue", "f==blue", false),
      (.userListBox, "7,12", "f==12", true), (.userListBox, "7,12", "f==1", false),
    ] as [(CustomFieldType, JSON, String, Bool)])
  func `a content is found by what its type compares`(
    type: CustomFieldType, content: JSON, filter: String, isFound: Bool
  ) throws {
    var contact = Contact()
    contact.customFields = [CustomField(id: 5, content: content)]
    let search = try Self.model(type).search(try #require(try FilterTerm.terms(filter).first))
    let found = contact.searchValues([5: type]).contains { value in
      guard search.fields.contains(value.field) else { return false }
      return switch search.test {
      case .startsWith(let text): value.value.hasPrefix(text)
      case .compares(.equal, let text): value.value == text
      case .compares(.above, let text): value.value > text
      case .compares(.atLeast, let text): value.value >= text
      case .compares(.below, let text): value.value < text
      case .compares(.atMost, let text): value.value <= text
      case .compares(.unequal, _): false
      }
    }
    #expect(found == isFound)
  }

  @Test(arguments: [
    (CustomFieldType.text, "f>a"), (.text, "f!=a"), (.drilldown, "f==a*b;"), (.yesNo, "f>0"), (.yesNo, "f==perhaps"),
    (.wholeNumber, "f==1.5"), (.wholeNumber, "f!=1"), (.decimalNumber, "f==1e5"), (.date, "f==2026-01-01"),
    (.listBox, "f>a"), (.userListBox, "f==x"), (.text, "g==a"),
  ]) func `a condition that a type does not know is refused with the field's name`(
    type: CustomFieldType, filter: String
  )
    throws
  {
    let term = try #require(try FilterTerm.terms(filter).first)
    if type == .drilldown {
      // A star in what is compared as a whole is a star.
      #expect(try Self.model(type).search(term).test == .compares(.equal, "a*b"))
      return
    }
    let refusal = #expect(throws: ContactRefusal.self) { try Self.model(type).search(term) }
    #expect(refusal?.message.hasPrefix("filter: \(term.name) ") == true)
  }

  private static func model(_ type: CustomFieldType) -> CustomFieldModel {
    CustomFieldModel(
      .contact, [CustomFieldDefinition(id: 5, label: "F", fieldName: "F", type: type, groupID: 1, groupName: "G")])
  }
}
