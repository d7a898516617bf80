import Wire

/// Contacts as Keap's REST v2 writes them: identifiers as strings, keys only where there is a value.
package enum KeapV2 {
  // MARK: - Requests

  /// Reads a request body.
  /// - Parameter mask: `update_mask`, the only keys that count. A masked key that the body lacks is left as it is.
  /// - Throws: `ContactRefusal` for a value of the wrong kind or length, naming its place.
  package static func change(from body: JSON, mask: Set<String>? = nil) throws(ContactRefusal) -> ContactChange {
    try KeapBody(body, dialect: .v2).change(mask: mask)
  }

  /// Builds the request body for a change: what `change(from:)` reads. `opt_in_reason` for the whole contact is v1's.
  package static func body(for change: ContactChange) -> JSON {
    var members: [String: JSON] = [:]
    for field in dialect.texts { members[field.rawValue] = change[field].json(JSON.string) }
    members[dialect.birthdayKey] = change.birthday.json(dialect.date)
    members[dialect.anniversaryKey] = change.anniversary.json(dialect.date)
    members["owner_id"] = change.ownerID.json(dialect.identifier)
    members[dialect.leadSourceKey] = change.leadSourceID.json(dialect.identifier)
    members["source_type"] = change.sourceType.json { .string(dialect.spelling($0)) }
    members["company"] = change.company.json(dialect.company)
    members["origin"] = change.originAddress.json { ["ip_address": .string($0)] }
    members["email_addresses"] = change.emails.json { dialect.items($0) }
    members["phone_numbers"] = change.phones.json { dialect.items($0) }
    members["fax_numbers"] = change.faxes.json { dialect.items($0) }
    members["addresses"] = change.addresses.json { dialect.items($0) }
    members["social_accounts"] = change.socials.json { dialect.items($0, slotKey: "type") }
    members["custom_fields"] = change.customFields.json(dialect.customFields)
    return .object(members)
  }

  /// `duplicate_option` of the query; nil, so that a new contact is made, when it is missing or empty.
  package static func duplicateOption(_ value: String?) throws(ContactRefusal) -> MatchRule? {
    guard let value, !value.isEmpty else { return nil }
    if let rule = MatchRule(rawValue: value) { return rule }
    throw ContactRefusal("duplicate_option must be one of Email, EmailAndName, EmailAndNameAndCompany")
  }

  /// Reads `fields` or `update_mask`: names by comma, or the parameter several times. Nil when there is none.
  package static func fields(_ values: [String], parameter: String = "fields") throws(ContactRefusal) -> Set<String>? {
    try PropertyNames.read(values, parameter: parameter, as: "a property of a contact", known: properties)
  }

  /// What has to hold of a contact after a request, before it is stored.
  package static func check(_ contact: Contact, after act: ContactAct) throws(ContactRefusal) {
    if act == .create || act == .upsert, contact.emails.isEmpty, contact.phones.isEmpty, contact.addresses.isEmpty {
      throw ContactRefusal("Contact must contain an e-mail address, phone number or address")
    }
    try KeapCheck.places(contact)
  }

  /// Every property that v2 names, those without a value here included.
  package static let properties: Set<String> = Set(dialect.texts.map(\.rawValue)).union([
    "account_id", "addresses", "anniversary_date", "birth_date", "company", "create_time", "created_by",
    "custom_fields", "email_addresses", "fax_numbers", "groups", "id", "last_updated_by", "leadsource_id", "links",
    "notes", "origin", "owner_id", "phone_numbers", "score_value", "social_accounts", "source_type", "tag_ids",
    "update_time", "utm_parameters",
  ])

  // MARK: - Answers

  /// Builds a contact: all that has a value, or of that the named fields.
  package static func contact(_ record: ContactRecord, fields: Set<String>? = nil) -> JSON {
    let contact = record.contact
    var members: [String: JSON] = [
      "id": dialect.identifier(record.id),
      "create_time": .string(KeapTime.v2(record.createdAt)),
      "update_time": .string(KeapTime.v2(record.updatedAt)),
      "tag_ids": .array(record.tagIDs.map(dialect.identifier)),
      "email_addresses": dialect.items(contact.emails) { item in
        let status = item.status ?? .nonMarketable
        return ["is_opt_in": .bool(status.isMarketable), "email_opt_status": .string(status.rawValue)]
      },
      "phone_numbers": dialect.items(contact.phones),
      "fax_numbers": dialect.items(contact.faxes),
      "addresses": dialect.addresses(contact.addresses),
      "social_accounts": dialect.items(contact.socials, slotKey: "type"),
      "custom_fields": dialect.customFields(record.model.shown(contact.customFields)),
    ]
    for field in dialect.texts { members[field.rawValue] = contact[field].map(JSON.string) }
    members[dialect.birthdayKey] = contact.birthday.map(dialect.date)
    members[dialect.anniversaryKey] = contact.anniversary.map(dialect.date)
    members["owner_id"] = contact.ownerID.map(dialect.identifier)
    members[dialect.leadSourceKey] = contact.leadSourceID.map(dialect.identifier)
    members["source_type"] = contact.sourceType.map { .string(dialect.spelling($0)) }
    members["company"] = contact.company.map(dialect.company)
    members["origin"] = contact.originAddress.map {
      ["date": .string(KeapTime.v2(record.createdAt)), "ip_address": .string($0)]
    }
    members["groups"] = record.tagIDs.isEmpty ? nil : .string(record.tagIDs.map(String.init).joined(separator: ","))
    members["links"] = record.links.isEmpty ? nil : .array(record.links.map { link($0, of: record.id) })
    members["created_by"] = record.createdBy.isEmpty ? nil : .string(record.createdBy)
    members["last_updated_by"] = record.updatedBy.isEmpty ? nil : .string(record.updatedBy)
    return JSON.object(members).keeping(fields)
  }

  /// Reads a contact out of an answer: the inverse of `contact(_:fields:)`, which also takes what it does not know.
  /// - Throws: `ContactRefusal` when it is no contact with an id.
  package static func contact(fromAnswer json: JSON) throws(ContactRefusal) -> (id: String, contact: Contact) {
    guard let id = json["id"]?.string ?? json["id"]?.integer.map(String.init), !id.isEmpty else {
      throw ContactRefusal("The answer is no contact: it has no id")
    }
    let change = try KeapBody(json, dialect: .v2, isAnswer: true).change()
    var contact = change.applied(to: Contact(), as: .create)
    let entries = json["email_addresses"]?.array ?? []
    for index in contact.emails.indices {
      let slot = contact.emails[index].field.rawValue
      let status = entries.first { $0["field"]?.string == slot }?["email_opt_status"]?.string.flatMap(OptStatus.init)
      contact.emails[index].status = status == .nonMarketable ? nil : status
    }
    return (id, contact)
  }

  /// Reads a page of contacts; entries that are none are left out.
  package static func contacts(
    fromAnswer json: JSON
  ) throws(ContactRefusal) -> (contacts: [(id: String, contact: Contact)], nextPageToken: String?) {
    guard let entries = json["contacts"]?.array else { throw ContactRefusal("The answer is no list of contacts") }
    let token = json["next_page_token"]?.string
    return (entries.compactMap { try? contact(fromAnswer: $0) }, token == "" ? nil : token)
  }

  // MARK: - Errors

  /// `{"code":400,"message":"…","status":"Bad Request","details":[…]}`.
  /// - Parameter resource: method and path, such as `POST /rest/v2/contacts`.
  package static func error(_ code: Int, _ message: String, resource: String) -> JSON {
    let names = [
      400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
      409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large", 415: "Unsupported Media Type",
      422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
      503: "Service Unavailable",
    ]
    return [
      "code": .integer(Int64(code)), "message": .string(message), "status": .string(names[code] ?? "Error"),
      "details": [["domain": "contacts", "resource": .string(resource)]],
    ]
  }

  private static let dialect = KeapDialect.v2
}
