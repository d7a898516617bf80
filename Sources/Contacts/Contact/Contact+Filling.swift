/// What becomes of two contacts that are one person.
extension Contact {
  /// This contact with what is empty in it taken from another. What stands in it stays as it is.
  package func filled(from other: Contact) -> Contact {
    var new = self
    for field in TextField.allCases where new[field] == nil { new[field] = other[field] }
    new.birthday = birthday ?? other.birthday
    new.anniversary = anniversary ?? other.anniversary
    new.ownerID = ownerID ?? other.ownerID
    new.leadSourceID = leadSourceID ?? other.leadSourceID
    new.sourceType = sourceType ?? other.sourceType
    new.company = company ?? other.company
    new.originAddress = originAddress ?? other.originAddress
    new.emails = Self.numbered(emails, other.emails) { $0.email.map(NormalForm.email) }
    new.phones = Self.numbered(phones, other.phones) { Self.form($0.number, $0.extension) }
    new.faxes = Self.numbered(faxes, other.faxes) { Self.form($0.number) }
    new.addresses = Self.named(addresses, other.addresses)
    new.socials = Self.named(socials, other.socials)
    new.customFields = Self.filled(customFields, other.customFields)
    new.undefinedFields = Self.filled(undefinedFields, other.undefinedFields)
    new.merged = remembered(with: other)
    return new
  }

  /// Entries whose slots have a meaning: one goes to its own slot or nowhere.
  private static func named<Item: SlotItem>(_ items: [Item], _ others: [Item]) -> [Item] {
    let taken = Set(items.map(\.field))
    return sorted(items + others.filter { !taken.contains($0.field) })
  }

  /// Entries whose slots are but numbered: one whose slot is taken goes to the first that is free, and what is there already is
  /// not there twice.
  ///
  /// - Parameter form: what two entries that say the same have in common; nil for one that says too little to be moved.
  private static func numbered<Item: SlotItem>(
    _ items: [Item], _ others: [Item], _ form: (Item) -> String?
  ) -> [Item] {
    let held = Set(items.map(\.field))
    var items = items
    for other in others.filter({ !held.contains($0.field) }) + others.filter({ held.contains($0.field) }) {
      let said = form(other)
      if said != nil, items.contains(where: { form($0) == said }) { continue }
      let taken = Set(items.map(\.field))
      let free = said == nil ? nil : Item.Slot.allCases.first { !taken.contains($0) }
      guard let slot = taken.contains(other.field) ? free : other.field else { continue }
      var item = other
      item.field = slot
      items.append(item)
    }
    return sorted(items)
  }

  /// Two spellings of a telephone number are one, and two extensions are two.
  private static func form(_ number: String?, _ extension: String? = nil) -> String? {
    number.map { number in
      let digits = NormalForm.phone(number)
      return "\(digits.isEmpty ? NormalForm.name(number) : digits) \(NormalForm.name(`extension` ?? ""))"
    }
  }

  private static func sorted<Item: SlotItem>(_ items: [Item]) -> [Item] {
    Item.Slot.allCases.compactMap { slot in items.first { $0.field == slot } }
  }

  private static func filled(_ fields: [CustomField], _ others: [CustomField]) -> [CustomField] {
    let ids = Set(fields.map(\.id))
    return (fields + others.filter { !ids.contains($0.id) }).sorted { $0.id < $1.id }
  }
}
