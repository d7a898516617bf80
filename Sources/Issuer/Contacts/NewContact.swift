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

  /// What an item adds if it matches nobody and nothing is known of its addresses; nil where it takes the tenant's companies or
  /// custom fields to say so, or where it is refused.
  init?(alone item: UpsertItem, _ check: ContactCheck) {
    guard let change = try? item.change.get(), change.customFields.value == nil, change.company.value == nil else {
      return nil
    }
    let contact = TenantContacts.applied(change, to: Contact(), as: .upsert)
    guard (try? check(contact, .upsert)) != nil, let new = try? NewContact(contact, types: [:]) else { return nil }
    self = new
  }
}
