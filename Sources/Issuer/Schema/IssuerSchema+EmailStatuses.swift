import Contacts
import Store
import Wire

extension IssuerSchema {
  /// What addresses have consented to or refused, which contacts, companies and a table of opt-outs had each for itself.
  static let emailStatuses = Migration(
    9,
    [
      // `reason` is kept as evidence of what was said last. `created_at` is when something was said first.
      """
      CREATE TABLE email_statuses (
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        email TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, email)
      )
      """,
      // When somebody opted out was not kept.
      """
      INSERT INTO email_statuses (tenant_id, email, status, created_at)
      SELECT o.tenant_id, o.email, o.status, t.created_at FROM opt_outs o JOIN tenants t ON t.id = o.tenant_id
      """,
      "DROP TABLE opt_outs",
    ],
    counting: { db, told in
      // The step before once filled and indexed the table itself.
      try db.execute("DELETE FROM contact_values")
      let types = try fieldTypes(of: .contact, db)
      // A record that cannot be read says nothing.
      try walk("contacts", "document, updated_at", db, told) { row, tenant, id in
        let document: [UInt8] = try row["document"]
        guard let contact = try? Contact(stored: document) else { return }
        try keep(contact.searchValues(types[tenant] ?? [:]), of: id, .contact, tenant, db)
        try gather(contact, tenant, at: try row["updated_at"], db)
      }
      try indexValues(.contact, by: "contact", db)
      try walk("companies", "document, updated_at", db, told) { row, tenant, _ in
        guard let document = try row["document"] as [UInt8]?, let details = try? Contact(stored: document) else {
          return
        }
        try gather(details, tenant, at: try row["updated_at"], db)
      }
    })

  private static func gather(_ contact: Contact, _ tenant: Int64, at time: Timestamp, _ db: any Transaction) throws {
    var statuses = contact.knownStatuses
    for item in contact.emails { if let email = item.email { statuses[NormalForm.email(email)] = item.status } }
    for (email, status) in statuses.sorted(by: { $0.key < $1.key }) {
      try gather(status, of: email, tenant, at: time, db)
    }
  }

  /// A no counts more than a yes, and a yes more than that nobody asked.
  private static func gather(
    _ status: OptStatus, of email: String, _ tenant: Int64, at time: Timestamp, _ db: any Transaction
  ) throws {
    let known = try db.row("SELECT status FROM email_statuses WHERE tenant_id = $1 AND email = $2", tenant, email)
    guard let known else {
      try db.execute(
        "INSERT INTO email_statuses (tenant_id, email, status, created_at) VALUES ($1, $2, $3, $4)", tenant, email,
        status.rawValue, time)
      return
    }
    let old = OptStatus(rawValue: try known["status"]) ?? .nonMarketable
    guard !old.isOptOut, status.isOptOut || !old.isMarketable && status.isMarketable else { return }
    try db.execute(
      "UPDATE email_statuses SET status = $3 WHERE tenant_id = $1 AND email = $2", tenant, email, status.rawValue)
  }
}
