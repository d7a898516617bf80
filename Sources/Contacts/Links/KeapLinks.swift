import Wire

extension KeapV1 {
  /// A link as the contact has it that it is shown with. v1 makes none and has no types of them.
  static func relationship(_ link: ContactLink, of contact: Int64) -> JSON {
    [
      "id": .integer(link.id), "linked_contact_id": .integer(link.end(across: contact)),
      "relationship_type_id": .integer(link.pair.typeID),
    ]
  }
}

/// Links between contacts as Keap's REST v2 writes them.
extension KeapV2 {
  /// Reads the body of `contacts:link` and `contacts:unlink`.
  package static func pair(from body: JSON) throws(ContactRefusal) -> ContactPair {
    let members = try KeapMembers(body, .v2)
    return ContactPair(
      first: try required("contact1_id", members), second: try required("contact2_id", members),
      typeID: try required("link_type_id", members))
  }

  /// Reads the body of `contacts:merge`: the contact that stays, and the one that ends.
  package static func merge(from body: JSON) throws(ContactRefusal) -> (contact: Int64, duplicate: Int64) {
    let members = try KeapMembers(body, .v2)
    return (try required("contact_id", members), try required("duplicate_contact_id", members))
  }

  private static func required(_ key: String, _ members: KeapMembers) throws(ContactRefusal) -> Int64 {
    guard let id = try members.number(key).value else { throw ContactRefusal("\(key) is required") }
    return id
  }

  /// Reads the body for a link type.
  /// - Parameter mask: `update_mask`, the only keys that count; nil for a new type, of which all is required.
  package static func linkTypeChange(
    from body: JSON, mask: Set<String>? = nil
  ) throws(ContactRefusal) -> ContactLinkTypeChange {
    let members = try KeapMembers(body, .v2, mask: mask)
    var change = ContactLinkTypeChange()
    let name = try members.text("name")
    change.name = name.value.map(NormalForm.collapsed)
    let isNamed = mask == nil || !name.isAbsent
    if isNamed, change.name?.isEmpty ?? true { throw ContactRefusal("name is required") }
    let most = try members.number("max_links", isIdentifier: false)
    change.mostLinks = most.value
    if mask == nil || !most.isAbsent, change.mostLinks ?? 0 < 1 {
      throw ContactRefusal("max_links must be a number above 0")
    }
    return change
  }

  /// Reads `update_mask` of link types, which has to name something.
  package static func linkTypeMask(_ values: [String]) throws(ContactRefusal) -> Set<String> {
    let mask = try PropertyNames.read(
      values, parameter: "update_mask", as: "a property of a link type", known: ["max_links", "name"])
    guard let mask else { throw ContactRefusal("update_mask is required") }
    return mask
  }

  package static func linkType(_ type: ContactLinkType) -> JSON {
    [
      "id": dialect.identifier(type.id), "name": .string(type.name), "max_links": .integer(type.mostLinks),
      "create_time": .string(KeapTime.v2(type.createdAt)),
    ]
  }

  /// A link by itself.
  package static func link(_ link: ContactLink) -> JSON {
    [
      "contact1_id": dialect.identifier(link.pair.first), "contact2_id": dialect.identifier(link.pair.second),
      "link_type_id": dialect.identifier(link.pair.typeID), "link_type_name": .string(link.typeName),
    ]
  }

  /// A link as the contact has it that it is shown with.
  static func link(_ link: ContactLink, of contact: Int64) -> JSON {
    [
      "id": dialect.identifier(link.id), "linked_contact_id": dialect.identifier(link.end(across: contact)),
      "link_type_id": dialect.identifier(link.pair.typeID), "link_type_name": .string(link.typeName),
    ]
  }

  private static let dialect = KeapDialect.v2
}
