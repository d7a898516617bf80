import Wire

/// A person as a tenant keeps them: every field that Keap's contact APIs can write.
///
/// No text in it is empty, and its lists are in the order of their slots: equal contacts are equal values and equal
/// bytes in storage. Changes go through `ContactChange`, which keeps this so.
package struct Contact: Hashable, Sendable {
  package var texts: [TextField: String] = [:]
  package var birthday: CalendarDate?
  package var anniversary: CalendarDate?
  package var ownerID: Int64?
  package var leadSourceID: Int64?
  package var sourceType: SourceType?
  package var company: CompanyReference?
  /// The address that the contact came from: `origin.ip_address`.
  package var originAddress: String?
  package var emails: [EmailAddress] = []
  package var phones: [PhoneNumber] = []
  package var faxes: [FaxNumber] = []
  package var addresses: [PostalAddress] = []
  package var socials: [SocialAccount] = []
  /// Contents of fields that the tenant defined, each as its definition has it (`CustomFieldModel`). One whose definition is
  /// gone since is shown nowhere, and goes when the contact is next written.
  package var customFields: [CustomField] = []
  /// Contents under numbers that nobody defined, from when any number was taken. They stay as they came, so that nothing is lost
  /// by reading, and apart, since a field that is defined later may be given the same number.
  package var undefinedFields: [CustomField] = []
  /// As what this contact is known since it was merged: what it and those that were merged into it were matched by then.
  package var merged: [MergedContact] = []
  /// What is known of addresses that no slot holds, by normal form: law P44 holds when an address comes back.
  package var knownStatuses: [String: OptStatus] = [:]

  package init() {}

  package subscript(field: TextField) -> String? {
    get { texts[field] }
    set { texts[field] = newValue }
  }

  /// The address in EMAIL1, which matching goes by.
  package var email: String? { emails.first { $0.field == .email1 }?.email }

  /// What is known of an address that the contact has or had.
  package func status(of email: String) -> OptStatus {
    let normal = NormalForm.email(email)
    let item = emails.first { $0.email.map(NormalForm.email) == normal }
    return item?.status ?? knownStatuses[normal] ?? .nonMarketable
  }
}

/// A stored contact with what the store knows around it.
package struct ContactRecord: Hashable, Sendable {
  package var id: Int64
  package var contact: Contact
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64
  /// The grant that wrote first (law P44).
  package var createdBy: String
  /// The grant that wrote last.
  package var updatedBy: String
  /// The custom fields that the tenant defined for contacts.
  package var model: CustomFieldModel
  /// The tags that the contact has, in the order of their numbers. They are no part of the contact: whoever changes it changes
  /// none of them.
  package var tagIDs: [Int64] = []
  /// The contact's links with others, in the order in which they were made. They are no part of it either.
  package var links: [ContactLink] = []

  package init(
    id: Int64, contact: Contact, createdAt: Int64, updatedAt: Int64, createdBy: String, updatedBy: String,
    model: CustomFieldModel = CustomFieldModel()
  ) {
    self.id = id
    self.contact = contact
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.updatedBy = updatedBy
    self.model = model
  }
}

/// Why a contact, or a request about contacts, is refused, in words for the caller.
package struct ContactRefusal: Error, Equatable, CustomStringConvertible {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
