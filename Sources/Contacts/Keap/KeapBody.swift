import Wire

/// A contact's JSON object, read into a change: the half that v1 and v2 share.
struct KeapBody {
  let dialect: KeapDialect
  let members: [String: JSON]
  /// A provider's answer instead of a client's request: what cannot be understood is left aside, since an unknown
  /// answer is data, and limits are the provider's own affair.
  var isAnswer = false

  init(_ json: JSON, dialect: KeapDialect, isAnswer: Bool = false) throws(ContactRefusal) {
    guard let members = json.object else { throw ContactRefusal("The body must be a JSON object") }
    self.dialect = dialect
    self.members = members
    self.isAnswer = isAnswer
  }

  /// - Parameter mask: the only keys that count; nil for all.
  func change(mask: Set<String>? = nil) throws(ContactRefusal) -> ContactChange {
    var change = ContactChange()
    func wants(_ key: String) -> Bool { members[key] != nil && mask?.contains(key) ?? true }
    for field in dialect.texts where wants(field.rawValue) {
      change[field] = try text(field.rawValue, atMost: KeapDialect.limit(of: field))
    }
    if wants(dialect.birthdayKey) { change.birthday = try date(dialect.birthdayKey) }
    if wants(dialect.anniversaryKey) { change.anniversary = try date(dialect.anniversaryKey) }
    if wants("owner_id") { change.ownerID = try identifier("owner_id") }
    if wants(dialect.leadSourceKey) { change.leadSourceID = try identifier(dialect.leadSourceKey) }
    if wants("source_type") { change.sourceType = try sourceType() }
    if wants("company") { change.company = try company() }
    if wants("origin") { change.originAddress = try origin() }
    if wants("email_addresses") { change.emails = try items("email_addresses").map(checked) }
    if wants("phone_numbers") { change.phones = try items("phone_numbers") }
    if wants("fax_numbers") { change.faxes = try items("fax_numbers") }
    if wants("addresses") { change.addresses = try addresses() }
    if wants("social_accounts") { change.socials = try items("social_accounts", slotKey: "type") }
    if wants("custom_fields") { change.customFields = try customFields() }
    return change
  }

  // MARK: - One value

  private func absent<Value>(or message: String) throws(ContactRefusal) -> Change<Value> {
    if isAnswer { return .absent }
    throw ContactRefusal(message)
  }

  private func text(_ key: String, atMost limit: Int? = nil) throws(ContactRefusal) -> Change<String> {
    guard let json = members[key] else { return .absent }
    if json.isNull { return .null }
    guard let text = plainText(json) else { return try absent(or: "\(key) must be a string") }
    try check(text, atMost: limit, key)
    return .set(text)
  }

  /// v1 takes numbers and truth values where it wants text, as its clients rely on; v2 is strict.
  private func plainText(_ json: JSON) -> String? {
    switch json {
    case .string(let text): text
    case .integer, .number, .bool: dialect == .v1 || isAnswer ? json.text : nil
    default: nil
    }
  }

  private func check(
    _ text: String, atMost limit: Int?, _ key: @autoclosure () -> String
  ) throws(ContactRefusal) {
    // A character can have any number of scalars, and a scalar has a byte at least.
    guard dialect == .v2, !isAnswer, let limit, text.utf8.count > limit, text.unicodeScalars.count > limit else {
      return
    }
    throw ContactRefusal("\(key()) must be at most \(limit) characters")
  }

  private func number(_ json: JSON) -> Int64? { json.integer ?? json.string.flatMap { Int64($0) } }

  private func identifier(_ key: String) throws(ContactRefusal) -> Change<Int64> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    guard let id = number(json) else {
      return try absent(or: "\(key) must be \(dialect == .v1 ? "a number" : "a string of digits")")
    }
    return .set(id)
  }

  private func date(_ key: String) throws(ContactRefusal) -> Change<CalendarDate> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    guard let date = json.string.flatMap({ CalendarDate($0) }) else {
      return try absent(or: "\(key) must be a date such as 1985-03-15")
    }
    return .set(date)
  }

  private func sourceType() throws(ContactRefusal) -> Change<SourceType> {
    guard let json = members["source_type"] else { return .absent }
    if json.isNull || json == "" || json == "SOURCE_TYPE_UNSPECIFIED" { return .null }
    guard let type = json.string.flatMap({ KeapDialect.named($0, SourceType.self) }) else {
      let names = SourceType.allCases.map { dialect.spelling($0) }.joined(separator: ", ")
      return try absent(or: "source_type must be one of \(names)")
    }
    return .set(type)
  }

  private func company() throws(ContactRefusal) -> Change<CompanyReference> {
    guard let json = members["company"] else { return .absent }
    if json.isNull { return .null }
    guard json.object != nil else { return try absent(or: "company must be an object") }
    let name = json["company_name"].flatMap { $0.isNull ? nil : $0 }
    let id = json["id"].flatMap { $0.isNull || $0 == "" ? nil : $0 }
    if let id, number(id) == nil { return try absent(or: "company.id must be a number") }
    if let name, plainText(name) == nil { return try absent(or: "company.company_name must be a string") }
    if id == nil && name == nil { return .null }
    return .set(CompanyReference(id: id.flatMap(number), name: name.flatMap(plainText)))
  }

  private func origin() throws(ContactRefusal) -> Change<String> {
    guard let json = members["origin"] else { return .absent }
    if json.isNull { return .null }
    guard json.object != nil else { return try absent(or: "origin must be an object") }
    guard let address = json["ip_address"] else { return .absent }
    if address.isNull || address == "" { return .null }
    guard let text = plainText(address) else { return try absent(or: "origin.ip_address must be a string") }
    return .set(text)
  }

  // MARK: - Lists

  /// Entries without a slot take the first free ones. A null part clears, as an empty one does.
  private func items<Item: SlotItem>(
    _ key: String, slotKey: String = "field"
  ) throws(ContactRefusal) -> Change<[Item]> {
    guard let json = members[key] else { return .absent }
    if json.isNull { return .null }
    guard let entries = json.array else { return try absent(or: "\(key) must be a list") }
    var slots: [Item.Slot?] = []
    for (index, entry) in entries.enumerated() {
      guard entry.object != nil else { return try absent(or: "\(key)[\(index)] must be an object") }
      let slot: Item.Slot? = try slot(entry[slotKey], "\(key)[\(index)].\(slotKey)")
      // Which network an account is with is all that its slot says, so v2 asks for it.
      if slot == nil, slotKey == "type", dialect == .v2, !isAnswer {
        throw ContactRefusal("\(key)[\(index)].type is required")
      }
      guard slot == nil || !slots.contains(slot) else {
        return try absent(or: "\(key)[\(index)].\(slotKey): \(slot?.rawValue ?? "") is given twice")
      }
      slots.append(slot)
    }
    var free = Item.Slot.allCases.filter { !slots.contains($0) }.makeIterator()
    var items: [Item] = []
    for (entry, slot) in zip(entries, slots) {
      guard let slot = slot ?? free.next() else { return try absent(or: "\(key) has more entries than slots") }
      var item = Item(field: slot)
      for part in Item.parts where dialect.speaks(of: part.key) {
        guard let json = entry[part.key] else { continue }
        func name() -> String { "\(key).\(slot.rawValue).\(part.key)" }
        guard let text = json.isNull ? "" : plainText(json) else {
          if isAnswer { continue }
          throw ContactRefusal("\(name()) must be a string")
        }
        try check(text, atMost: KeapDialect.limit(of: part.key, in: slot.rawValue), name())
        item[keyPath: part.path] = text
      }
      items.append(item)
    }
    return .set(items)
  }

  /// The addresses; v2 still lets a country be given by its name.
  private func addresses() throws(ContactRefusal) -> Change<[PostalAddress]> {
    let change: Change<[PostalAddress]> = try items("addresses")
    guard dialect == .v2, case .set(var addresses) = change, let entries = members["addresses"]?.array else {
      return change
    }
    for (index, entry) in entries.enumerated() where addresses[index].countryCode == nil {
      guard let name = entry["country"], !name.isNull, name != "" else { continue }
      addresses[index].countryCode = name.string.flatMap(Countries.code)
      guard isAnswer || addresses[index].countryCode != nil else {
        throw ContactRefusal("addresses.\(addresses[index].field.rawValue).country is not a country")
      }
    }
    return .set(addresses)
  }

  private func slot<Slot: RawRepresentable<String> & CaseIterable>(
    _ json: JSON?, _ place: @autoclosure () -> String
  ) throws(ContactRefusal) -> Slot? {
    guard let json, !json.isNull, json.string?.hasSuffix("_UNSPECIFIED") != true else { return nil }
    if let slot = json.string.flatMap({ KeapDialect.named($0, Slot.self) }) { return slot }
    if isAnswer { return nil }
    let name = place()
    let names = Slot.allCases.map { name.hasSuffix(".type") ? dialect.spelling($0.rawValue) : $0.rawValue }
    throw ContactRefusal("\(name) must be one of \(names.joined(separator: ", "))")
  }

  private func checked(_ emails: [EmailAddress]) throws(ContactRefusal) -> [EmailAddress] {
    var emails = emails
    for index in emails.indices {
      guard let email = emails[index].email else { continue }
      let text = NormalForm.trimmed(email)
      emails[index].email = text
      if !isAnswer, text != "", let fault = EmailSyntax.fault(in: text) {
        throw ContactRefusal("\(emails[index].field.rawValue) \(fault)")
      }
    }
    return emails
  }

  func customFields() throws(ContactRefusal) -> Change<[CustomField]> {
    guard let json = members["custom_fields"] else { return .absent }
    if json.isNull { return .null }
    guard let entries = json.array else { return try absent(or: "custom_fields must be a list") }
    guard isAnswer || entries.count <= CustomFieldModel.mostFields else {
      throw ContactRefusal("custom_fields must have at most \(CustomFieldModel.mostFields) entries")
    }
    var fields: [CustomField] = []
    for (index, entry) in entries.enumerated() {
      guard let id = entry["id"].flatMap(number) else {
        return try absent(or: "custom_fields[\(index)].id must be a number")
      }
      guard !fields.contains(where: { $0.id == id }) else {
        return try absent(or: "custom_fields[\(index)].id: \(id) is given twice")
      }
      guard let content = entry["content"] else { continue }
      fields.append(CustomField(id: id, content: content))
    }
    return .set(fields)
  }
}
