import Contacts
import TestKit
import Wire

/// What a text is made of.
private let letters = Array("abcXYZ 0123'\"\\,;é ß Ł你好🙂\u{301}-_/")

/// Values made from its numbers.
extension SeededGenerator {
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...(elements.count - 1))] }

  mutating func text(_ lengths: ClosedRange<Int> = 1...10) -> String {
    "a" + String((1..<Swift.max(2, number(lengths))).map { _ in pick(letters) })
  }

  mutating func email() -> String {
    "\(pick(["ann", "Bob", "ann.lee", "wójcik", "x+y"]))\(number(0...3))@\(pick(["example.org", "Shop.example"]))"
  }

  mutating func date() -> CalendarDate {
    pick(["1985-03-15", "2000-02-29", "1900-01-01", "2024-12-31", "0985-07-04"].compactMap { CalendarDate($0) })
  }

  mutating func json(depth: Int = 3) -> JSON {
    switch number(0...(depth > 0 ? 7 : 5)) {
    case 0: .null
    case 1: .bool(chance(50))
    case 2: .integer(Int64(bitPattern: next()))
    case 3: .number(Double(number(-1000...1000)) / 8 + 0.0625)
    case 4: .string(text() + pick(["", "\n", "\u{1}", "\u{1F}\t"]))
    case 5: .integer(Int64(number(-5...5)))
    case 6: .array((0..<number(0...4)).map { _ in json(depth: depth - 1) })
    default:
      .object(Dictionary((0..<number(0...4)).map { _ in (text(), json(depth: depth - 1)) }) { first, _ in first })
    }
  }

  mutating func change<Value>(_ value: (inout SeededGenerator) -> Value) -> Change<Value> {
    switch number(0...4) {
    case 0: .null
    case 1, 2: .absent
    default: .set(value(&self))
    }
  }

  mutating func items<Item: SlotItem>(_ fill: (inout SeededGenerator, inout Item) -> Void) -> [Item] {
    Item.Slot.allCases.shuffled(using: &self).prefix(number(0...Item.Slot.allCases.count)).map { slot in
      var item = Item(field: slot)
      fill(&self, &item)
      return item
    }
  }

  /// A change such as v2 can say: with cleared, absent and set values of every field.
  mutating func contactChange() -> ContactChange {
    var change = ContactChange()
    for field in TextField.allCases where field != .optInReason { change[field] = self.change { $0.text(1...12) } }
    change.birthday = self.change { $0.date() }
    change.anniversary = self.change { $0.date() }
    change.ownerID = self.change { Int64($0.number(1...9)) }
    change.leadSourceID = self.change { Int64($0.number(1...9)) }
    change.sourceType = self.change { $0.pick(SourceType.allCases) }
    change.company = self.change {
      CompanyReference(id: Int64($0.number(1...3)), name: $0.pick(["Acme", "ACME ", "Löwe"]))
    }
    change.originAddress = self.change { "192.0.2.\($0.number(1...9))" }
    change.emails = self.change {
      $0.items { random, item in
        item.email = random.chance(10) ? "" : random.email()
        if random.chance(30) { item.optInReason = random.pick(["form", "phone"]) }
      }
    }
    change.phones = self.change {
      $0.items { random, item in
        for part in PhoneNumber.parts where random.chance(60) { item[keyPath: part.path] = random.part() }
      }
    }
    change.faxes = self.change {
      $0.items { random, item in
        for part in FaxNumber.parts where random.chance(60) { item[keyPath: part.path] = random.part() }
      }
    }
    change.addresses = self.change { $0.items { random, item in random.fill(&item) } }
    change.socials = self.change { $0.items { random, item in if random.chance(90) { item.name = random.part() } } }
    change.customFields = self.change { random in
      (1...6).filter { _ in random.chance(40) }.map { CustomField(id: Int64($0), content: random.json()) }
    }
    return change
  }

  /// A contact that came about by changes, with opt-outs among its addresses.
  mutating func contact() -> Contact {
    var contact = contactChange().applied(to: Contact(), as: .create)
    contact = contactChange().applied(to: contact, as: .merge)
    for index in contact.emails.indices where chance(40) {
      let status = pick(OptStatus.allCases)
      contact.emails[index].status = status == .nonMarketable ? nil : status
    }
    // One address has one status, in whichever slots it stands.
    for index in contact.emails.indices {
      contact.emails[index].status = contact.emails[index].email.map(contact.status).flatMap {
        $0 == .nonMarketable ? nil : $0
      }
    }
    return contact
  }

  mutating func record() -> ContactRecord {
    ContactRecord(
      id: Int64(number(1...99)), contact: contact(), createdAt: Int64(number(0...2_000_000_000)) * 1000,
      updatedAt: Int64(number(0...2_000_000_000)) * 1000 + 7, createdBy: "g1", updatedBy: "g2",
      model: .defining(1...6))
  }

  private mutating func part() -> String { chance(15) ? "" : text(1...8) }

  private mutating func fill(_ address: inout PostalAddress) {
    for path in [\PostalAddress.line1, \.line2, \.locality, \.postalCode] where chance(70) {
      address[keyPath: path] = part()
    }
    if chance(20) { (address.zipCode, address.zipFour) = ("85001", chance(50) ? "8244" : nil) }
    switch number(0...5) {
    case 0: (address.countryCode, address.region) = ("USA", pick(["AZ", "Arizona", "us-az", "california"]))
    case 1: (address.countryCode, address.regionCode) = ("BRA", pick(["BR-SP", "BR-RJ"]))
    case 2: (address.countryCode, address.region) = ("FRA", pick(["Bretagne", "FR-75"]))
    case 3: address.countryCode = pick(["DEU", "USA", ""])
    default: break
    }
  }
}

extension CustomFieldModel {
  /// Fields of these numbers, for contacts.
  static func defining(_ ids: ClosedRange<Int64>, _ type: CustomFieldType = .text) -> CustomFieldModel {
    CustomFieldModel(
      .contact,
      ids.map {
        CustomFieldDefinition(
          id: $0, label: "Field \($0)", fieldName: "Field\($0)", type: type, groupID: 90, groupName: "Custom Fields")
      })
  }
}

/// A contact has so many fields that a hundred of them meet each form of each.
let seeds = Array(UInt64(1)...100)
