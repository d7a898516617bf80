import Wire

/// A company as a tenant keeps it.
///
/// As at Keap it is a contact's record with a name of its own: `details` holds what the two have in common, and of each of a
/// contact's lists at most one entry.
package struct Company: Hashable, Sendable {
  package var name: String
  package var notes: String?
  package var details: Contact

  package init(name: String, notes: String? = nil, details: Contact = Contact()) {
    self.name = name
    self.notes = notes
    self.details = details
  }

  /// - Throws: where an address cannot be kept.
  package func check() throws(ContactRefusal) { try KeapCheck.places(details) }

  /// Its one address, in whichever slot.
  package var email: String? { details.emails.first?.email }

  // MARK: - What lists filter and sort by, in normal form

  /// Empty where there is none, so that it can be sorted by.
  package var emailForm: String { email.map(NormalForm.email) ?? "" }

  package var cityForm: String? { (details.addresses.first?.locality).map(NormalForm.name) }

  /// The state's name, if its code has one that is known.
  package var stateForm: String? { (details.addresses.first?.regionName).map(NormalForm.name) }
}

/// A stored company with what the store knows around it.
package struct CompanyRecord: Hashable, Sendable {
  package var id: Int64
  package var company: Company
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64
  /// The user who made it, if that is known.
  package var createdBy: Int64?
  package var updatedBy: Int64?
  /// The custom fields that the tenant defined for companies.
  package var model: CustomFieldModel
  /// The tags that the company has, in the order of their numbers. They are no part of the company, as they are none of a
  /// contact.
  package var tagIDs: [Int64] = []

  package init(
    id: Int64, company: Company, createdAt: Int64, updatedAt: Int64, createdBy: Int64?, updatedBy: Int64?,
    model: CustomFieldModel = CustomFieldModel(.company)
  ) {
    self.id = id
    self.company = company
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.updatedBy = updatedBy
    self.model = model
  }

  package var name: String { company.name }
}

/// A partial company: what a request says, field by field.
package struct CompanyChange: Hashable, Sendable {
  /// Never null: a company has a name.
  package var name = Change<String>.absent
  package var notes = Change<String>.absent
  package var details = ContactChange()

  package init() {}

  /// The company after this change. Applying the same change again changes nothing more.
  package func applied(to company: Company, as act: ContactAct) -> Company {
    var new = company
    if let name = name.value { new.name = NormalForm.collapsed(name) }
    new.notes = notes.applied(to: company.notes)
    new.details = details.applied(to: act == .replace ? company.details : slotted(company.details), as: act)
    return new
  }

  /// A company has one entry of each list, so one that is given for another slot is that entry with a new place.
  private func slotted(_ details: Contact) -> Contact {
    var details = details
    details.emails = Self.moved(details.emails, to: self.details.emails)
    details.phones = Self.moved(details.phones, to: self.details.phones)
    details.faxes = Self.moved(details.faxes, to: self.details.faxes)
    details.addresses = Self.moved(details.addresses, to: self.details.addresses)
    return details
  }

  private static func moved<Item: SlotItem>(_ items: [Item], to change: Change<[Item]>) -> [Item] {
    guard var item = items.first, let slot = change.value?.first?.field else { return items }
    item.field = slot
    return [item]
  }
}
