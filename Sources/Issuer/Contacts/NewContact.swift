import Contacts

/// A contact that is to be added, with all that is stored of it. That needs nothing of the store, so it can be reckoned before a
/// transaction begins, for which others wait.
struct NewContact: Sendable {
  let contact: Contact
  let document: [UInt8]
  let columns: TenantContacts.Columns
  let keys: [MatchKey]
  let values: Set<SearchValue>

  /// - Parameter types: those of the custom fields that the tenant has defined; not needed for a contact that has none.
  /// - Throws: ``ContactFault/invalid(_:)`` where it is too long.
  init(_ contact: Contact, types: [Int64: CustomFieldType]) throws(ContactFault) {
    self.contact = contact
    document = try TenantContacts.document(of: contact)
    columns = TenantContacts.Columns(contact)
    keys = contact.matchKeys()
    values = contact.searchValues(types)
  }
}
