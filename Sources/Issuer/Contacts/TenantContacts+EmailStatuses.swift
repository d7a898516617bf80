import Contacts
import Store

/// What a tenant knows of its addresses: who may be written to, and who said no. It is kept here alone, by address: all who
/// have one show the same, and a no outlives them (law P44). An address of which nobody said anything has no row.
extension TenantContacts {
  /// Those of the addresses of which something was said.
  ///
  /// - Parameter emails: in normal form.
  func statuses(of emails: Set<String>) throws -> [String: OptStatus] {
    guard !emails.isEmpty else { return [:] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let list = bindings.list(emails.sorted())
    let rows = try db.rows(
      "SELECT email, status FROM email_statuses WHERE tenant_id = \(tenant) AND email IN (\(list))",
      values: bindings.values)
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["email"], try Self.status($0)) })
  }

  /// The contacts, each with what is known of its addresses.
  func withStatuses(_ contacts: [Contact]) throws -> [Contact] {
    let statuses = try statuses(of: contacts.reduce(into: []) { $0.formUnion($1.emailForms) })
    return contacts.map { contact in
      var contact = contact.withoutStatuses
      for index in contact.emails.indices {
        let status = contact.emails[index].email.flatMap { statuses[NormalForm.email($0)] }
        contact.emails[index].status = status == .nonMarketable ? nil : status
      }
      return contact
    }
  }

  /// The contact with what is known of the addresses in `change`.
  func recalling(_ contact: Contact, _ change: ContactChange) throws -> Contact {
    var contact = contact
    let said = change.emails.value?.compactMap(\.email).map(NormalForm.email) ?? []
    contact.knownStatuses = try statuses(of: Set(said))
    return contact
  }

  /// Writes what an act made of a contact's addresses.
  ///
  /// - Parameter before: the contact as the act found it, with what was recalled; nothing for a new one.
  func keepStatuses(of contact: Contact, before: Contact) throws {
    if before.saysStatus || contact.saysStatus {
      var written: Set<String> = []
      for item in contact.emails {
        // An address may stand in several slots.
        guard let email = item.email.map(NormalForm.email), written.insert(email).inserted else { continue }
        let (old, new) = (before.status(of: email), contact.status(of: email))
        if old != new { try write(new, over: old, of: email, reason: item.optInReason ?? contact[.optInReason]) }
      }
    }
    let held = before.heldForms
    if !held.isEmpty { try forget(held.subtracting(contact.heldForms)) }
  }

  /// Forgets what was said of addresses that nobody has any more, but for a no.
  ///
  /// - Parameter emails: in normal form.
  func forget(_ emails: Set<String>) throws {
    for (email, status) in try statuses(of: emails) where !status.isOptOut {
      guard try !isHeld(email) else { continue }
      try db.execute("DELETE FROM email_statuses WHERE tenant_id = $1 AND email = $2", tenant, email)
    }
  }

  /// - Parameter email: in normal form.
  /// - Throws: ``ContactFault/missing(_:)`` where the tenant knows nothing of it.
  func emailStatus(_ email: String) throws -> EmailStatus {
    let row = try db.row(
      "SELECT status, created_at FROM email_statuses WHERE tenant_id = $1 AND email = $2", tenant, email)
    if let row { return EmailStatus(email: email, status: try Self.status(row), createdAt: try row["created_at"]) }
    guard let since = try holding(email) else { throw ContactFault.missing(.emailAddress) }
    return EmailStatus(email: email, status: .nonMarketable, createdAt: since)
  }

  /// Takes a yes or a no for an address that somebody may come to have only later.
  ///
  /// - Parameter email: in normal form.
  func change(_ change: EmailStatusChange, of email: String) throws -> EmailStatus {
    let old = try statuses(of: [email])[email] ?? .nonMarketable
    let new = change.applied(to: old)
    if old != new { try write(new, over: old, of: email, reason: change.reason) }
    return try emailStatus(email)
  }

  private func write(_ new: OptStatus, over old: OptStatus, of email: String, reason: String?) throws {
    let written = try db.execute(
      """
      INSERT INTO email_statuses (tenant_id, email, status, reason, created_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (tenant_id, email) DO UPDATE SET status = $3, reason = $4 WHERE email_statuses.status = $6
      """, tenant, email, new.rawValue, reason, now, old.rawValue)
    // An engine with several writers may have let another one in since the status was read.
    guard written == 1 else {
      throw StoreError.unavailable("the status of an address was changed by somebody else at the same time")
    }
  }

  /// Whether anybody has the address, of however many.
  private func isHeld(_ email: String) throws -> Bool {
    let row = try db.row(
      """
      SELECT 1 AS held WHERE EXISTS (SELECT 1 FROM contacts WHERE tenant_id = $1 AND email = $2)
        OR EXISTS (SELECT 1 FROM companies WHERE tenant_id = $1 AND email = $2)
        OR EXISTS (SELECT 1 FROM contact_values
          WHERE tenant_id = $1 AND field IN ('EMAIL2', 'EMAIL3', 'merged') AND value = $2)
      """, tenant, email)
    return row != nil
  }

  /// Since when somebody has the address, in milliseconds since 1970; nil where nobody has it.
  private func holding(_ email: String) throws -> Int64? {
    try db.row(
      """
      SELECT MIN(h.created_at) AS since FROM (
        SELECT created_at FROM contacts WHERE tenant_id = $1 AND email = $2
        UNION ALL SELECT created_at FROM companies WHERE tenant_id = $1 AND email = $2
        UNION ALL SELECT c.created_at FROM contact_values v
          JOIN contacts c ON c.tenant_id = v.tenant_id AND c.id = v.contact_id
          WHERE v.tenant_id = $1 AND v.field IN ('EMAIL2', 'EMAIL3', 'merged') AND v.value = $2
      ) h
      """, tenant, email)?["since"]
  }

  private static func status(_ row: Row) throws -> OptStatus {
    guard let status = OptStatus(rawValue: try row["status"]) else { throw StoreError.unreadable("email status") }
    return status
  }
}

extension Contact {
  /// The normal forms of its addresses, and of those that contacts had which were merged into it.
  var heldForms: Set<String> { emailForms.union(merged.compactMap(\.emailForm)) }

  /// Whether it says, or is known to have, the status of an address.
  var saysStatus: Bool { !knownStatuses.isEmpty || emails.contains { $0.status != nil } }

  /// This contact as it is stored: statuses are its addresses' and not its own.
  var withoutStatuses: Contact {
    var contact = self
    contact.knownStatuses = [:]
    for index in contact.emails.indices { contact.emails[index].status = nil }
    return contact
  }
}
