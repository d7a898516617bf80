import Wire

/// The members of an object in a request, each read as the kind that it has to be. A refusal names the member's place.
///
/// A member that is missing says nothing, and one that is null or empty clears.
struct KeapMembers {
  let dialect: KeapDialect
  private let members: [String: JSON]
  /// The object's own place in the body, with a dot behind it; empty for the body itself.
  private let place: String

  /// The most characters of a text of several lines, as v2 has it of custom fields.
  static let mostOfText = 65_535
  /// The most characters of a text of one line, where v2 names no other number.
  static let mostOfLine = 255

  /// - Parameter mask: `update_mask`, the only members that count; nil for all. A masked one that the body lacks says nothing.
  init(_ body: JSON, _ dialect: KeapDialect, mask: Set<String>? = nil) throws(ContactRefusal) {
    guard let members = body.object else { throw ContactRefusal("The body must be a JSON object") }
    self.init(members.filter { mask?.contains($0.key) ?? true }, dialect, place: "")
  }

  private init(_ members: [String: JSON], _ dialect: KeapDialect, place: String) {
    self.members = members
    self.dialect = dialect
    self.place = place
  }

  /// v1 takes numbers and truth values where it wants text, as its clients rely on; v2 is strict.
  func text(_ key: String, atMost limit: Int = KeapMembers.mostOfLine) throws(ContactRefusal) -> Change<String> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    return .set(try text(json, key, atMost: limit))
  }

  /// A whole number that is not below zero; an identifier is a string of digits in v2.
  func number(_ key: String, isIdentifier: Bool = true) throws(ContactRefusal) -> Change<Int64> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    guard let number = KeapMembers.wholeNumber(json) else {
      throw ContactRefusal(
        "\(place)\(key) must be \(dialect == .v2 && isIdentifier ? "a string of digits" : "a number")")
    }
    return .set(number)
  }

  /// A null says nothing here: there is no third value to set.
  func truth(_ key: String) throws(ContactRefusal) -> Change<Bool> {
    guard let json = members[key], !json.isNull else { return .absent }
    guard let truth = json.bool else { throw ContactRefusal("\(place)\(key) must be true or false") }
    return .set(truth)
  }

  /// A moment, in milliseconds since 1970.
  func time(_ key: String) throws(ContactRefusal) -> Change<Int64> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    guard let time = json.string.flatMap(KeapTime.milliseconds) else {
      throw ContactRefusal("\(place)\(key) must be a time such as 2024-03-18T17:00:00Z")
    }
    return .set(time)
  }

  func date(_ key: String) throws(ContactRefusal) -> Change<CalendarDate> {
    guard let json = members[key] else { return .absent }
    if json.isNull || json == "" { return .null }
    guard let date = json.string.flatMap({ CalendarDate($0) }) else {
      throw ContactRefusal("\(place)\(key) must be a date such as 1985-03-15")
    }
    return .set(date)
  }

  func object(_ key: String) throws(ContactRefusal) -> Change<KeapMembers> {
    guard let json = members[key] else { return .absent }
    if json.isNull { return .null }
    guard let members = json.object else { throw ContactRefusal("\(place)\(key) must be an object") }
    return .set(KeapMembers(members, dialect, place: "\(place)\(key)."))
  }

  /// One entry of what a contact has lists of.
  ///
  /// - Parameters:
  ///   - slot: where it goes unless it names another, which only v2 can.
  ///   - parts: those that the version knows here; nil for all.
  func item<Item: SlotItem>(
    _ key: String, in slot: Item.Slot, parts: Set<String>? = nil
  ) throws(ContactRefusal) -> Change<[Item]> {
    switch try object(key) {
    case .absent: .absent
    case .null: .null
    case .set(let object): .set([try object.slotItem(slot, parts)])
    }
  }

  /// Contents of custom fields, as a contact's are read.
  func customFields() throws(ContactRefusal) -> Change<[CustomField]> {
    try KeapBody(.object(members), dialect: dialect).customFields()
  }

  private func slotItem<Item: SlotItem>(_ slot: Item.Slot, _ parts: Set<String>?) throws(ContactRefusal) -> Item {
    var item = Item(field: try self.slot(or: slot))
    for part in Item.parts where parts?.contains(part.key) ?? true {
      guard let json = members[part.key] else { continue }
      let limit = dialect == .v2 ? KeapDialect.limit(of: part.key, in: item.field.rawValue) : nil
      item[keyPath: part.path] =
        try json.isNull ? "" : text(json, part.key, atMost: limit ?? KeapMembers.mostOfLine)
    }
    return item
  }

  private func slot<Slot: RawRepresentable<String> & CaseIterable>(or slot: Slot) throws(ContactRefusal) -> Slot {
    guard dialect == .v2, let json = members["field"], !json.isNull, json.string?.hasSuffix("_UNSPECIFIED") != true
    else { return slot }
    guard let named = json.string.flatMap({ KeapDialect.named($0, Slot.self) }) else {
      let names = Slot.allCases.map(\.rawValue).joined(separator: ", ")
      throw ContactRefusal("\(place)field must be one of \(names)")
    }
    return named
  }

  private func text(_ json: JSON, _ key: String, atMost limit: Int) throws(ContactRefusal) -> String {
    let text: String? =
      switch json {
      case .string(let text): text
      case .integer, .number, .bool: dialect == .v1 ? json.text : nil
      default: nil
      }
    guard let text else { throw ContactRefusal("\(place)\(key) must be a string") }
    try KeapMembers.check(text, atMost: limit, place + key)
    return text
  }

  private static func wholeNumber(_ json: JSON) -> Int64? {
    guard let number = json.integer ?? json.string.flatMap({ Int64(digits: $0) }), number >= 0 else { return nil }
    return number
  }

  private static func check(_ text: String, atMost limit: Int, _ name: String) throws(ContactRefusal) {
    // A character may be many bytes long without end, so the bytes have their limit too.
    guard text.count <= limit, text.utf8.count <= 4 * limit else {
      throw ContactRefusal("\(name) must be at most \(limit) characters")
    }
    let isFine = text.unicodeScalars.allSatisfy {
      $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\r" || $0 == "\t"
    }
    guard isFine else { throw ContactRefusal("\(name) must not have control characters") }
  }
}
