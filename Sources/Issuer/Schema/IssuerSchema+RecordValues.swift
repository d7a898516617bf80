import Contacts
import Store

extension IssuerSchema {
  /// What lists of companies, notes and tasks are filtered by beside their columns: contents of custom fields. The tables are
  /// like that of contacts.
  static let recordValues = Migration(
    12,
    kindsWithContents.map { kind in
      """
      CREATE TABLE \(kind.valueTable) (
        tenant_id BIGINT NOT NULL,
        \(kind.valueKey) BIGINT NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        FOREIGN KEY (tenant_id, \(kind.valueKey)) REFERENCES \(kind.rawValue) (tenant_id, id) ON DELETE CASCADE
      )
      """
    },
    counting: { db, told in
      for kind in kindsWithContents {
        let types = try fieldTypes(of: kind, db)
        if !types.isEmpty {
          let column = kind == .company ? "document" : "custom_fields"
          try walk(kind.rawValue, "\(column) AS contents", db, told) { row, tenant, id in
            // A record that cannot be read has no values.
            guard let stored = try row["contents"] as [UInt8]?, let contents = read(stored, of: kind) else { return }
            try keep(contents.searchValues(types[tenant] ?? [:]), of: id, kind, tenant, db)
          }
        }
        try indexValues(kind, by: "record", db)
      }
    })

  private static let kindsWithContents: [RecordKind] = [.company, .note, .task]

  private static func read(_ stored: [UInt8], of kind: RecordKind) -> [CustomField]? {
    if kind == .company { return (try? Contact(stored: stored))?.customFields }
    return try? [CustomField](stored: stored)
  }
}
