import Wire

/// Contacts as rows of CSV that an import reads back to the letter: a column for each part that a file can hold.
///
/// What no column holds: numbers of owners and lead sources, how a contact came to be, and what each address has consented to.
package struct ContactCells: Sendable {
  private let custom: [(id: Int64, name: String)]

  /// - Parameter model: the fields that the tenant has defined for contacts.
  package init(_ model: CustomFieldModel) {
    let labels = Dictionary(grouping: model.definitions) { NormalForm.name($0.label) }
    custom = model.definitions.map { field in
      let isAlone = labels[NormalForm.name(field.label)]?.count == 1 && Int64(digits: field.label) == nil
      return (field.id, isAlone ? field.label : String(field.id))
    }
  }

  /// The names of the columns.
  package var header: [String] {
    ["id"] + CustomerColumns.Meaning.fixed.map(\.name)
      + custom.map { CustomerColumns.Meaning.custom($0.name).name }
  }

  /// - Parameter tags: the names of its tags.
  package func cells(id: String, _ contact: Contact, tags: [String]) -> [String] {
    let contents = Dictionary(contact.customFields.map { ($0.id, $0.content) }) { first, _ in first }
    return [id] + CustomerColumns.Meaning.fixed.map { $0 == .tags ? CellList.joined(tags) : $0.text(of: contact) ?? "" }
      + custom.map { contents[$0.id]?.cell ?? "" }
  }

  /// A line of the file, without its end.
  package func line(id: String, _ contact: Contact, tags: [String]) -> String {
    TextCell.line(cells(id: id, contact, tags: tags))
  }
}

extension JSON {
  /// A custom field's content; nil for one of several parts, which no field has.
  fileprivate var cell: String? {
    switch self {
    case .string(let text): text
    case .number(let value): value.digits
    case .integer, .bool: text
    case .null, .array, .object: nil
    }
  }
}

extension Double {
  /// Written without an exponent, which no import and no spreadsheet takes for a number to the letter.
  fileprivate var digits: String {
    let text = String(self)
    guard let letter = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: letter)...]) else {
      return text
    }
    let sign = self < 0 ? "-" : "", parts = text[..<letter].split(separator: ".", omittingEmptySubsequences: false)
    let whole = parts[0].filter(\.isASCIIDigit)
    let digits = whole + (parts.count > 1 ? parts[1] : "")
    let point = whole.count + exponent
    if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
    if point >= digits.count { return "\(sign)\(digits)\(String(repeating: "0", count: point - digits.count))" }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
  }
}

extension CustomerColumns.Meaning {
  /// What a contact has under it.
  fileprivate func text(of contact: Contact) -> String? {
    switch self {
    case .email(let slot): contact.emails.first { $0.field == slot }?.email
    case .text(let field): contact[field]
    case .company: contact.company?.name
    case .phone(let slot): contact.phones.first { $0.field == slot }?.number
    case .phoneExtension(let slot): contact.phones.first { $0.field == slot }?.extension
    case .phoneType(let slot): contact.phones.first { $0.field == slot }?.type
    case .fax(let slot): contact.faxes.first { $0.field == slot }?.number
    case .address(let slot, let part): contact.addresses.first { $0.field == slot }.flatMap(part.text(of:))
    case .birthday: contact.birthday?.description
    case .anniversary: contact.anniversary?.description
    case .social(let slot): contact.socials.first { $0.field == slot }?.name
    case .fullName, .tags, .custom: nil
    }
  }
}

extension CustomerColumns.AddressPart {
  fileprivate func text(of address: PostalAddress) -> String? {
    switch self {
    case .line1: address.line1
    case .line2: address.line2
    case .locality: address.locality
    case .region: address.regionCode ?? address.region
    case .postalCode: address.postText
    case .country: address.countryCode
    }
  }
}
