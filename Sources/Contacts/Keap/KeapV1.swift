import Wire

/// Contacts as Keap's REST v1 writes them: numbers for identifiers, a fixed set of keys, the rest on request.
package enum KeapV1 {
  /// Reads a request body. Identifiers, dates and whatever else a client read and sends back are left aside.
  /// - Parameter mask: `update_mask`, the only keys that count.
  /// - Throws: `ContactRefusal` for a value of the wrong kind, naming its place.
  package static func change(from body: JSON, mask: [String]? = nil) throws(ContactRefusal) -> ContactChange {
    try KeapBody(body, dialect: .v1).change(mask: mask.map(Set.init))
  }

  /// `duplicate_option` of an upsert's body; `Email` when it is missing. v1 knows no company rule.
  package static func duplicateOption(of body: JSON) throws(ContactRefusal) -> MatchRule {
    guard let option = body["duplicate_option"], !option.isNull else { return .email }
    guard let rule = option.string.flatMap(MatchRule.init), rule != .emailAndNameAndCompany else {
      throw ContactRefusal("duplicate_option must be one of Email, EmailAndName")
    }
    return rule
  }

  /// What has to hold of a contact after a request, before it is stored.
  package static func check(_ contact: Contact, after act: ContactAct) throws(ContactRefusal) {
    if act == .create || act == .upsert, contact.emails.isEmpty, contact.phones.isEmpty {
      throw ContactRefusal("Contact must contain an e-mail address or phone number")
    }
    try KeapCheck.places(contact)
  }

  /// Builds a contact: the default keys, and of the others those that are asked for.
  package static func contact(_ record: ContactRecord, optional: Set<String> = []) -> JSON {
    let contact = record.contact
    let status = contact.email.map(contact.status) ?? .nonMarketable
    var members: [String: JSON] = [
      "id": .integer(record.id),
      "tag_ids": .array(record.tagIDs.map(dialect.identifier)),
      "company": contact.company.map(dialect.company) ?? .null,
      "email_opted_in": .bool(status.isMarketable),
      "email_status": .string(dialect.spelling(status.rawValue)),
      "date_created": .string(KeapTime.v1(record.createdAt)),
      "last_updated": .string(KeapTime.v1(record.updatedAt)),
      "last_updated_utc_millis": .integer(record.updatedAt),
      "ScoreValue": "0",
      "email_addresses": dialect.items(contact.emails),
      "addresses": dialect.addresses(contact.addresses),
      "phone_numbers": dialect.items(contact.phones),
      "owner_id": contact.ownerID.map(JSON.integer) ?? .null,
    ]
    // As recorded: Keap writes an empty text for these two, and null for a middle name that there is none of.
    for field in [TextField.givenName, .familyName] { members[field.rawValue] = .string(contact[field] ?? "") }
    members[TextField.middleName.rawValue] = contact[.middleName].map(JSON.string) ?? .null
    if optional.isEmpty { return .object(members) }
    for (key, value) in others(record) where optional.contains(key) && members[key] == nil { members[key] = value }
    return .object(members)
  }

  private static func others(_ record: ContactRecord) -> [String: JSON] {
    let contact = record.contact
    var members: [String: JSON] = [
      "birthday": contact.birthday.map { .string("\($0)T00:00:00.000+0000") } ?? .null,
      "anniversary": contact.anniversary.map(dialect.date) ?? .null,
      "lead_source_id": contact.leadSourceID.map(JSON.integer) ?? .null,
      "source_type": contact.sourceType.map { .string(dialect.spelling($0)) } ?? .null,
      "company_name": contact.company?.name.map(JSON.string) ?? .null,
      "origin": contact.originAddress.map {
        ["date": .string(KeapTime.v1(record.createdAt)), "ip_address": .string($0)]
      } ?? .null,
      "fax_numbers": dialect.items(contact.faxes),
      "social_accounts": dialect.items(contact.socials, slotKey: "type"),
      "custom_fields": dialect.customFields(record.model.shown(contact.customFields)),
      "relationships": .array(record.links.map { relationship($0, of: record.id) }),
      "notes": .null,
    ]
    for field in dialect.texts { members[field.rawValue] = contact[field].map(JSON.string) ?? .null }
    return members
  }

  /// What `optional_properties` may name: every key that a contact can have.
  package static let properties: Set<String> = {
    let blank = ContactRecord(id: 0, contact: Contact(), createdAt: 0, updatedAt: 0, createdBy: "", updatedBy: "")
    return Set(others(blank).keys).union(contact(blank).object.map { Set($0.keys) } ?? [])
  }()

  /// Reads `optional_properties`: a comma list, possibly given several times.
  package static func optionalProperties(_ values: [String]) throws(ContactRefusal) -> Set<String> {
    let names = values.flatMap { $0.split(separator: ",") }.map { NormalForm.trimmed(String($0)) }.filter {
      !$0.isEmpty
    }
    let unknown = names.filter { !properties.contains($0) }
    guard unknown.isEmpty else {
      throw ContactRefusal(
        "The following optional-properties are unrecognized: \(Set(unknown).sorted().joined(separator: ", "))")
    }
    return Set(names)
  }

  /// `{"message":"…"}`.
  package static func error(_ message: String) -> JSON { ["message": .string(message)] }

  private static let dialect = KeapDialect.v1
}
