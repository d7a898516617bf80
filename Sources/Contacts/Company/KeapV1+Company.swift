import Wire

/// Companies as Keap's REST v1 writes them: one text for the e-mail address, and the rest on request.
extension KeapV1 {
  /// Reads a request body. Identifiers, states and whatever else a client read and sends back are left aside.
  package static func companyChange(from body: JSON) throws(ContactRefusal) -> CompanyChange {
    let members = try KeapMembers(body, .v1)
    var change = CompanyChange()
    change.name = try members.companyName()
    change.notes = try members.text("notes", atMost: KeapMembers.mostOfText)
    change.details[.website] = try members.text("website")
    change.details[.optInReason] = try members.text("opt_in_reason")
    switch try members.text("email_address") {
    case .absent: break
    case .null: change.details.emails = .null
    case .set(let text): change.details.emails = .set([EmailAddress(try EmailSyntax.checked(text))])
    }
    change.details.phones = try members.item("phone_number", in: .phone1, parts: phoneParts)
    change.details.faxes = try members.item("fax_number", in: .fax1)
    change.details.addresses = try members.item("address", in: .billing, parts: addressParts)
    change.details.customFields = try members.customFields()
    return change
  }

  /// Builds a company: what v1 shows unasked, and of the rest what is asked for.
  /// - Parameter optional: nil for all.
  package static func company(_ record: CompanyRecord, optional: Set<String>?) -> JSON {
    let details = record.company.details
    let email = record.company.email
    let status = email.map(details.status) ?? .nonMarketable
    var members: [String: JSON] = [
      "id": .integer(record.id), "company_name": .string(record.name), "email_opted_in": .bool(status.isMarketable),
      "email_status": .string(KeapDialect.v1.spelling(status.rawValue)),
    ]
    members["email_address"] = email.map(JSON.string)
    members["website"] = details[.website].map(JSON.string)
    members["phone_number"] = KeapDialect.v1.items(details.phones)[0]?.keeping(phoneParts)
    members["address"] = details.addresses.first.map(address)
    func isAsked(_ key: String) -> Bool { optional?.contains(key) ?? true }
    if isAsked("notes") { members["notes"] = record.company.notes.map(JSON.string) }
    if isAsked("fax_number") {
      members["fax_number"] = KeapDialect.v1.items(details.faxes)[0]?.keeping(["number", "type"])
    }
    if isAsked("custom_fields") {
      members["custom_fields"] = KeapDialect.v1.customFields(record.model.shown(details.customFields))
    }
    return .object(members)
  }

  /// What `optional_properties` has an effect on.
  static let optionalOfCompany: Set<String> = ["custom_fields", "fax_number", "notes"]

  private static let propertiesOfCompany = optionalOfCompany.union([
    "address", "company_name", "email_address", "email_opted_in", "email_status", "id", "phone_number", "website",
  ])

  /// Reads `optional_properties` of companies: a comma list, possibly given several times.
  package static func companyProperties(_ values: [String]) throws(ContactRefusal) -> Set<String> {
    let names = values.flatMap { $0.split(separator: ",") }.map { NormalForm.trimmed(String($0)) }.filter {
      !$0.isEmpty
    }
    let unknown = names.filter { !propertiesOfCompany.contains($0) }
    guard unknown.isEmpty else {
      throw ContactRefusal(
        "The following optional-properties are unrecognized: \(Set(unknown).sorted().joined(separator: ", "))")
    }
    return Set(names)
  }

  private static let phoneParts: Set<String> = ["extension", "number", "type"]

  private static let addressParts: Set<String> = [
    "country_code", "line1", "line2", "locality", "region", "zip_code", "zip_four",
  ]

  /// v1 knows no post code beside the ZIP code.
  private static func address(_ address: PostalAddress) -> JSON {
    var address = address
    if address.zipCode == nil { address.zipCode = address.postalCode }
    return KeapDialect.v1.addresses([address])[0]?.keeping(addressParts) ?? [:]
  }
}

extension KeapMembers {
  /// - Throws: where the name is there and says nothing.
  func companyName() throws(ContactRefusal) -> Change<String> {
    let name = try text("company_name")
    let isBlank =
      switch name {
      case .absent: false
      case .null: true
      case .set(let text): NormalForm.name(text).isEmpty
      }
    if isBlank { throw ContactRefusal("company_name must not be empty") }
    return name
  }
}

extension EmailSyntax {
  /// A company's address without white space around.
  /// - Throws: where nobody can be written to there.
  static func checked(_ text: String) throws(ContactRefusal) -> String {
    let email = NormalForm.trimmed(text)
    if let fault = fault(in: email) { throw ContactRefusal("email_address \(fault)") }
    return email
  }
}
