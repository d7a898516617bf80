import Wire

/// Tags as Keap's REST v1 and v2 write them: what a request says.
extension KeapTags {
  /// Reads the body for a tag; what else a client read and sends back is left aside.
  /// - Parameter mask: `update_mask`, the only keys that count.
  /// - Throws: `ContactRefusal` for a value of the wrong kind, naming its place.
  package static func tagChange(
    from body: JSON, dialect: KeapDialect, mask: Set<String>? = nil
  ) throws(ContactRefusal) -> TagChange {
    var change = try texts(of: body, dialect, mask)
    // Keap says of a tag's name that so many characters of it are saved.
    change.name = change.name.map { NormalForm.trimmed($0.firstScalars(longestName)) }
    if let category = body["category"], mask?.contains("category") ?? true {
      change.category = category.isNull ? .null : .set(try reference(category))
    }
    return change
  }

  /// Reads the body for a category; what else a client read and sends back is left aside.
  /// - Parameter mask: `update_mask`, the only keys that count.
  /// - Throws: `ContactRefusal` for a value of the wrong kind or length, naming its place.
  package static func categoryChange(
    from body: JSON, dialect: KeapDialect, mask: Set<String>? = nil
  ) throws(ContactRefusal) -> TagChange {
    let change = try texts(of: body, dialect, mask)
    guard change.name.value?.unicodeScalars.count ?? 0 <= longestName else {
      throw ContactRefusal("name must be at most \(longestName) characters")
    }
    return change
  }

  private static func texts(
    of body: JSON, _ dialect: KeapDialect, _ mask: Set<String>?
  ) throws(ContactRefusal) -> TagChange {
    guard let members = body.object else { throw ContactRefusal("The body must be a JSON object") }
    var change = TagChange()
    if let name = members["name"], mask?.contains("name") ?? true {
      let text = NormalForm.trimmed(try plainText(name, "name", dialect) ?? "")
      guard !text.unicodeScalars.contains(where: \.isControl) else {
        throw ContactRefusal("name must not hold control characters")
      }
      change.name = text.isEmpty ? .null : .set(text)
    }
    if let description = members["description"], mask?.contains("description") ?? true {
      let text = NormalForm.trimmed(try plainText(description, "description", dialect) ?? "")
      guard !text.unicodeScalars.contains(where: { $0.isControl && !"\t\r\n".unicodeScalars.contains($0) }) else {
        throw ContactRefusal("description must not hold control characters but tabs and line ends")
      }
      guard text.unicodeScalars.count <= longestDescription else {
        throw ContactRefusal("description must be at most \(longestDescription) characters")
      }
      change.description = text.isEmpty ? .null : .set(text)
    }
    return change
  }

  /// Reads `update_mask`: names by comma, or the parameter several times. Nil when there is none.
  package static func mask(_ values: [String], of list: TagList) throws(ContactRefusal) -> Set<String>? {
    let known = list == .tags ? ["name", "description", "category"] : ["name", "description"]
    return try PropertyNames.read(
      values, parameter: "update_mask", as: "one of \(known.joined(separator: ", "))", known: Set(known))
  }

  /// Reads the list of identifiers that a body has: v1's `ids` and `tagIds`, v2's `contact_ids`.
  /// - Throws: `ContactRefusal` where it is missing, longer than one call may have, or has what is no number.
  package static func ids(
    in body: JSON, _ key: String, dialect: KeapDialect
  ) throws(ContactRefusal) -> [Int64] {
    guard let entries = body[key]?.array else { throw ContactRefusal("\(key) must be a list of identifiers") }
    try check(entries.count, key, dialect)
    var ids: [Int64] = []
    for (index, entry) in entries.enumerated() {
      guard let id = number(entry) else {
        throw ContactRefusal("\(key)[\(index)] must be \(dialect == .v1 ? "a number" : "a string of digits")")
      }
      ids.append(id)
    }
    return ids
  }

  /// Reads v1's `ids` of a query: numbers by comma, or the parameter several times.
  package static func ids(inQuery values: [String]) throws(ContactRefusal) -> [Int64] {
    let parts = values.flatMap { $0.split(separator: ",") }.map { NormalForm.trimmed(String($0)) }
    guard !parts.isEmpty else { throw ContactRefusal("ids is required") }
    try check(parts.count, "ids", .v1)
    let ids = parts.compactMap { Int64($0) }
    guard ids.count == parts.count else { throw ContactRefusal("ids must be numbers, with commas between") }
    return ids
  }

  /// How many identifiers one call may have. Keap's documents say nothing of it; its own SDK for v1 sends no more than 100.
  package static func mostIDs(_ dialect: KeapDialect) -> Int { dialect == .v1 ? 100 : 1000 }

  private static let longestName = 255
  private static let longestDescription = 2000

  private static func check(_ count: Int, _ key: String, _ dialect: KeapDialect) throws(ContactRefusal) {
    guard count <= mostIDs(dialect) else {
      throw ContactRefusal("\(key) must have at most \(mostIDs(dialect)) identifiers")
    }
  }

  private static func reference(_ category: JSON) throws(ContactRefusal) -> Int64 {
    guard let id = category["id"].flatMap(number) else { throw ContactRefusal("category.id must be a number") }
    return id
  }

  private static func number(_ json: JSON) -> Int64? { json.integer ?? json.string.flatMap { Int64($0) } }

  /// v1 takes numbers and truth values where it wants text, as for contacts; v2 is strict.
  private static func plainText(_ json: JSON, _ key: String, _ dialect: KeapDialect) throws(ContactRefusal) -> String? {
    switch json {
    case .null: return nil
    case .string(let text): return text
    case .integer, .number, .bool:
      if dialect == .v1 { return json.text }
    case .array, .object: break
    }
    throw ContactRefusal("\(key) must be a string")
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}

extension String {
  fileprivate func firstScalars(_ count: Int) -> String { String(UnicodeScalarView(unicodeScalars.prefix(count))) }
}
