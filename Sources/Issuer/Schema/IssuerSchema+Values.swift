import Contacts
import Store

extension IssuerSchema {
  /// What lists of contacts are filtered and sorted by, beside the columns of a contact. The next step fills the
  /// table, as it goes through all contacts too.
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
      // A missing text is sorted as an empty one.
      "CREATE INDEX contacts_in_email_order ON contacts (tenant_id, COALESCE(email, ''), id)",
      "CREATE INDEX contacts_in_given_name_order ON contacts (tenant_id, COALESCE(given_name, ''), id)",
      """
      CREATE INDEX contacts_in_name_order
        ON contacts (tenant_id, COALESCE(family_name, '') || ' ' || COALESCE(given_name, ''), id)
      """,
    ])

  /// The types of the fields that are defined for a kind of records, by tenant and number.
  static func fieldTypes(
    of kind: RecordKind, _ db: any Transaction
  ) throws -> [Int64: [Int64: CustomFieldType]] {
    var types: [Int64: [Int64: CustomFieldType]] = [:]
    let rows = try db.rows(
      "SELECT tenant_id, id, field_type FROM custom_fields WHERE record_type = $1", kind.recordType)
    for row in rows {
      types[try row["tenant_id"], default: [:]][try row["id"]] = CustomFieldType(rawValue: try row["field_type"])
    }
    return types
  }

  /// Makes the indexes of a filled table of values: an index is made of many rows faster than it takes them in one by one.
  static func indexValues(_ kind: RecordKind, by name: String, _ db: any Transaction) throws {
    let (table, key) = (kind.valueTable, kind.valueKey)
    try db.execute("CREATE INDEX IF NOT EXISTS \(table)_by_\(name) ON \(table) (tenant_id, \(key), field, value)")
    try db.execute("CREATE INDEX IF NOT EXISTS \(table)_by_value ON \(table) (tenant_id, field, value, \(key))")
  }

  /// Gives a record that was there its values.
  static func keep(
    _ values: Set<SearchValue>, of id: Int64, _ kind: RecordKind, _ tenant: Int64, _ db: any Transaction
  ) throws {
    for value in values {
      try db.execute(
        "INSERT INTO \(kind.valueTable) (tenant_id, \(kind.valueKey), field, value) VALUES ($1, $2, $3, $4)", tenant,
        id,
        value.field.name, value.value)
    }
  }

  /// Goes through the rows of a table, some at a time, in the order of tenants and numbers.
  ///
  /// - Parameters:
  ///   - columns: what is read beside both.
  ///   - told: is told how many rows were gone through since it was told last.
  static func walk(
    _ table: String, _ columns: String, _ db: any Transaction, _ told: (Int) -> Void,
    _ visit: (_ row: Row, _ tenant: Int64, _ id: Int64) throws -> Void
  ) throws {
    var (tenant, last) = (Int64.min, Int64.min)
    while true {
      let rows = try db.rows(
        """
        SELECT tenant_id, id, \(columns) FROM \(table) WHERE (tenant_id, id) > ($1, $2)
        ORDER BY tenant_id, id LIMIT 500
        """, tenant, last)
      if rows.isEmpty { return }
      for row in rows {
        (tenant, last) = (try row["tenant_id"], try row["id"])
        try visit(row, tenant, last)
      }
      told(rows.count)
    }
  }
}
