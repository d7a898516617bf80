import Contacts
import Store

/// What lists find contacts by beside the columns of their table. It is written with the contact, and ends with it.
extension TenantContacts {
  /// Brings the kept values to what the contact has. A field that was deleted loses its values so, too.
  ///
  /// - Parameter isNew: whether the contact was added in this act.
  func keepValues(of contact: Contact, _ id: Int64, isNew: Bool) throws {
    let wanted = contact.searchValues(contact.customFields.isEmpty ? [:] : try customFields(of: .contact).types)
    let kept = isNew ? [] : try values(of: id)
    for value in kept.subtracting(wanted) {
      try db.execute(
        "DELETE FROM contact_values WHERE tenant_id = $1 AND contact_id = $2 AND field = $3 AND value = $4", tenant, id,
        value.field.name, value.value)
    }
    for value in wanted.subtracting(kept) {
      try db.execute(
        "INSERT INTO contact_values (tenant_id, contact_id, field, value) VALUES ($1, $2, $3, $4)", tenant, id,
        value.field.name, value.value)
    }
  }

  private func values(of id: Int64) throws -> Set<SearchValue> {
    let rows = try db.rows(
      "SELECT field, value FROM contact_values WHERE tenant_id = $1 AND contact_id = $2", tenant, id)
    return Set(try rows.map { SearchValue(SearchField(name: try $0["field"]), try $0["value"]) })
  }
}
