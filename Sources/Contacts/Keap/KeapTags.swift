import Wire

/// Tags as Keap's REST v1 and v2 write them: numbers for identifiers and a fixed set of keys, or identifiers as strings and
/// keys only where there is a value.
///
/// A text that v1 has no value for is empty and not null, since its document lets none of them be null.
package enum KeapTags {
  // MARK: - v1

  package static func v1(_ tag: Tag) -> JSON {
    var members: [String: JSON] = ["id": .integer(tag.id), "name": .string(tag.name)]
    members["description"] = .string(tag.description ?? "")
    members["category"] = tag.category.map { v1($0.id, $0.name, $0.description) }
    return .object(members)
  }

  package static func v1(_ category: TagCategory) -> JSON { v1(category.id, category.name, category.description) }

  private static func v1(_ id: Int64, _ name: String, _ description: String?) -> JSON {
    ["id": .integer(id), "name": .string(name), "description": .string(description ?? "")]
  }

  /// A tag of a contact. It names its category and no more of it.
  package static func v1(_ tag: Tag, appliedAt: Int64) -> JSON {
    let members: JSON = [
      "id": .integer(tag.id), "name": .string(tag.name), "category": .string(tag.category?.name ?? ""),
    ]
    return ["tag": members, "date_applied": .string(KeapTime.v1(appliedAt))]
  }

  /// A contact that has a tag.
  package static func v1(_ record: ContactRecord, appliedAt: Int64) -> JSON {
    let contact = record.contact
    let members: JSON = [
      "id": .integer(record.id), "email": .string(contact.email ?? ""),
      "first_name": .string(contact[.givenName] ?? ""), "last_name": .string(contact[.familyName] ?? ""),
    ]
    return ["contact": members, "date_applied": .string(KeapTime.v1(appliedAt))]
  }

  /// A company that has a tag.
  package static func v1(_ record: CompanyRecord, appliedAt: Int64) -> JSON {
    let members: JSON = [
      "id": .integer(record.id), "company_name": .string(record.name), "email": .string(record.company.email ?? ""),
    ]
    return ["company": members, "date_applied": .string(KeapTime.v1(appliedAt))]
  }

  /// What came of each identifier, in the order in which they were sent. The document of v1 gives each outcome an object with
  /// the one key `key`.
  package static func v1(_ outcomes: [TagOutcome]) -> JSON {
    .array(outcomes.map { ["key": .string($0.rawValue)] })
  }

  // MARK: - v2

  package static func v2(_ tag: Tag) -> JSON {
    var members = v2(tag.id, tag.name, tag.description, tag.createdAt, tag.updatedAt)
    members["category"] = tag.category.map { ["id": .string(String($0.id))] }
    return .object(members)
  }

  package static func v2(_ category: TagCategory) -> JSON {
    .object(v2(category.id, category.name, category.description, category.createdAt, category.updatedAt))
  }

  private static func v2(
    _ id: Int64, _ name: String, _ description: String?, _ createdAt: Int64, _ updatedAt: Int64
  ) -> [String: JSON] {
    var members: [String: JSON] = ["id": .string(String(id)), "name": .string(name)]
    members["description"] = description.map(JSON.string)
    members["create_time"] = .string(KeapTime.v2(createdAt))
    members["update_time"] = .string(KeapTime.v2(updatedAt))
    return members
  }

  /// A tag of a contact or of a company.
  package static func v2(_ tag: Tag, appliedAt: Int64) -> JSON {
    ["tag": v2(tag), "applied_time": .string(KeapTime.v2(appliedAt))]
  }

  /// A contact that has a tag.
  package static func v2(_ record: ContactRecord, appliedAt: Int64) -> JSON {
    let contact = record.contact
    var members: [String: JSON] = [
      "id": .string(String(record.id)), "applied_time": .string(KeapTime.v2(appliedAt)),
    ]
    members["email"] = contact.email.map(JSON.string)
    members["given_name"] = contact[.givenName].map(JSON.string)
    members["family_name"] = contact[.familyName].map(JSON.string)
    return .object(members)
  }

  /// A company that has a tag, with all that is known of it.
  package static func v2(_ record: CompanyRecord, appliedAt: Int64) -> JSON {
    ["company": KeapV2.company(record), "applied_time": .string(KeapTime.v2(appliedAt))]
  }

  /// What came of each contact, by its identifier.
  package static func v2(_ outcomes: [(contact: Int64, outcome: TagOutcome)]) -> JSON {
    let results = outcomes.map { (String($0.contact), JSON.string($0.outcome.rawValue)) }
    return ["results": .object(Dictionary(results) { first, _ in first })]
  }
}
