import Contacts
import Store

extension IssuerSchema {
  /// What lists of contacts are filtered and sorted by, beside the columns of a contact.
  static let values = Migration(
    8,
    [
      // `value` is a normal form that compares as what it stands for does. A contact may have several values of one field.
      """
      CREATE TABLE contact_values (
        tenant_id BIGINT NOT NULL,
        contact_id BIGINT NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX contact_values_by_contact ON contact_values (tenant_id, contact_id, field, value)",
      "CREATE INDEX contact_values_by_value ON contact_values (tenant_id, field, value, contact_id)",
      // A missing text is sorted as an empty one.
      "CREATE INDEX contacts_in_email_order ON contacts (tenant_id, COALESCE(email, ''), id)",
      "CREATE INDEX contacts_in_given_name_order ON contacts (tenant_id, COALESCE(given_name, ''), id)",
      """
      CREATE INDEX contacts_in_name_order
        ON contacts (tenant_id, COALESCE(family_name, '') || ' ' || COALESCE(given_name, ''), id)
      """,
    ],
    rewrite: fillValues)

  /// Gives the contacts that were there their values, some at a time. A contact that cannot be read has none.
  @Sendable private static func fillValues(_ db: any Transaction) throws {
    var types: [Int64: [Int64: CustomFieldType]] = [:]
    for row in try db.rows("SELECT tenant_id, id, field_type FROM custom_fields WHERE record_type = 'CONTACT'") {
      types[try row["tenant_id"], default: [:]][try row["id"]] = CustomFieldType(rawValue: try row["field_type"])
    }
    var (tenant, last) = (Int64.min, Int64.min)
    while true {
      let rows = try db.rows(
        "SELECT tenant_id, id, document FROM contacts WHERE (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT 500",
        tenant, last)
      if rows.isEmpty { return }
      for row in rows {
        (tenant, last) = (try row["tenant_id"], try row["id"])
        let document: [UInt8] = try row["document"]
        guard let contact = try? Contact(stored: document) else { continue }
        for value in contact.searchValues(types[tenant] ?? [:]) {
          try db.execute(
            "INSERT INTO contact_values (tenant_id, contact_id, field, value) VALUES ($1, $2, $3, $4)", tenant, last,
            value.field.name, value.value)
        }
      }
    }
  }
}
