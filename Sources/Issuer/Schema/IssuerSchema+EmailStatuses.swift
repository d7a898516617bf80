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
    rewrite: { db in
      for table in ["contacts", "companies"] { try gatherStatuses(table, db) }
    })

  /// Goes through the records some at a time. One that cannot be read says nothing.
  private static func gatherStatuses(_ table: String, _ db: any Transaction) throws {
    var (tenant, last) = (Int64.min, Int64.min)
    while true {
      let rows = try db.rows(
        """
        SELECT tenant_id, id, document, updated_at FROM \(table) WHERE (tenant_id, id) > ($1, $2)
        ORDER BY tenant_id, id LIMIT 500
        """, tenant, last)
      if rows.isEmpty { return }
      for row in rows {
        (tenant, last) = (try row["tenant_id"], try row["id"])
        guard let document = try row["document"] as [UInt8]?, let contact = try? Contact(stored: document) else {
          continue
        }
        var statuses = contact.knownStatuses
        for item in contact.emails { if let email = item.email { statuses[NormalForm.email(email)] = item.status } }
        for (email, status) in statuses.sorted(by: { $0.key < $1.key }) {
          try gather(status, of: email, tenant, at: try row["updated_at"], db)
        }
      }
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
