import Wire

/// Companies as Keap's REST v2 writes them: identifiers as strings, keys only where there is a value.
extension KeapV2 {
  /// v2's names of texts that a company has in common with a contact.
  private static let textsOfCompany: [(key: String, field: TextField)] = [
    ("website", .website), ("suffix", .suffix), ("title", .prefix), ("contact_type", .contactType),
    ("first_name", .givenName), ("last_name", .familyName), ("middle_name", .middleName), ("job_title", .jobTitle),
    ("preferred_name", .preferredName), ("spouse_name", .spouseName), ("referral_code", .referralCode),
    ("assistant_name", .assistantName), ("assistant_phone", .assistantPhone),
    ("billing_information", .billingInformation),
  ]

  /// What a list leaves out unless `fields` names it; of these one company by itself always tells its times.
  static let optionalOfCompany: Set<String> = [
    "address", "create_time", "custom_fields", "email_address", "fax_number", "notes", "phone_number", "update_time",
  ]

  private static let propertiesOfCompany = Set(textsOfCompany.map(\.key)).union(optionalOfCompany).union([
    "account_id", "anniversary_date", "birth_date", "company_name", "created_by", "groups", "id", "last_updated_by",
    "owner_id",
  ])

  /// Reads `fields` of companies, or `update_mask`. Nil where none is named.
  package static func companyFields(
    _ values: [String], parameter: String = "fields"
  ) throws(ContactRefusal) -> Set<String>? {
    try PropertyNames.read(values, parameter: parameter, as: "a property of a company", known: propertiesOfCompany)
  }

  /// Reads a request body.
  /// - Parameter mask: `update_mask`, the only keys that count.
  package static func companyChange(
    from body: JSON, mask: Set<String>? = nil
  ) throws(ContactRefusal) -> CompanyChange {
    let members = try KeapMembers(body, .v2, mask: mask)
    var change = CompanyChange()
    change.name = try members.companyName()
    change.notes = try members.text("notes", atMost: KeapMembers.mostOfText)
    for (key, field) in textsOfCompany {
      change.details[field] = try members.text(key, atMost: KeapDialect.limit(of: field) ?? KeapMembers.mostOfLine)
    }
    change.details.birthday = try members.date("birth_date")
    change.details.anniversary = try members.date("anniversary_date")
    change.details.ownerID = try members.number("owner_id")
    change.details.emails = try emails(members)
    change.details.phones = try members.item("phone_number", in: .phone1)
    change.details.faxes = try members.item("fax_number", in: .fax1)
    change.details.addresses = try addresses(members)
    change.details.customFields = try members.customFields()
    return change
  }

  private static func emails(_ members: KeapMembers) throws(ContactRefusal) -> Change<[EmailAddress]> {
    let change: Change<[EmailAddress]> = try members.item("email_address", in: .email1)
    guard case .set(var items) = change, let text = items[0].email, !text.isEmpty else { return change }
    items[0].email = try EmailSyntax.checked(text)
    return .set(items)
  }

  /// The address; a country may still be given by its name.
  private static func addresses(_ members: KeapMembers) throws(ContactRefusal) -> Change<[PostalAddress]> {
    let change: Change<[PostalAddress]> = try members.item("address", in: .billing)
    guard case .set(var items) = change, items[0].countryCode == nil, let object = try members.object("address").value,
      let name = try object.text("country").value
    else { return change }
    guard let code = Countries.code(of: name) else { throw ContactRefusal("address.country is not a country") }
    items[0].countryCode = code
    return .set(items)
  }

  /// Builds a company.
  /// - Parameters:
  ///   - fields: what is asked for beside what is always there.
  ///   - isListed: leaves out what a list does not show unasked.
  package static func company(_ record: CompanyRecord, fields: Set<String>? = nil, isListed: Bool = false) -> JSON {
    let details = record.company.details, dialect = KeapDialect.v2
    var members: [String: JSON] = [
      "id": dialect.identifier(record.id), "company_name": .string(record.name),
      "create_time": .string(KeapTime.v2(record.createdAt)), "update_time": .string(KeapTime.v2(record.updatedAt)),
      "custom_fields": dialect.customFields(record.model.shown(details.customFields)),
    ]
    for (key, field) in textsOfCompany { members[key] = details[field].map(JSON.string) }
    members["notes"] = record.company.notes.map(JSON.string)
    members["birth_date"] = details.birthday.map(dialect.date)
    members["anniversary_date"] = details.anniversary.map(dialect.date)
    members["owner_id"] = details.ownerID.map(dialect.identifier)
    members["created_by"] = record.createdBy.map(dialect.identifier)
    members["last_updated_by"] = record.updatedBy.map(dialect.identifier)
    members["groups"] = record.tagIDs.isEmpty ? nil : .string(record.tagIDs.map(String.init).joined(separator: ","))
    members["phone_number"] = dialect.items(details.phones)[0]
    members["fax_number"] = dialect.items(details.faxes)[0]
    members["email_address"] =
      dialect.items(details.emails) { item in
        let status = item.status ?? .nonMarketable
        return ["is_opt_in": .bool(status.isMarketable), "email_opt_status": .string(status.rawValue)]
      }[0]
    members["address"] = dialect.addresses(details.addresses)[0]
    if isListed || fields != nil {
      let optional = isListed ? optionalOfCompany : optionalOfCompany.subtracting(["create_time", "update_time"])
      for key in optional where fields?.contains(key) != true { members[key] = nil }
    }
    return .object(members)
  }
}
