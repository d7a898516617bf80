import Contacts
import Store

/// What a company's new name and its end do to the contacts that point at it.
///
/// A company may have more contacts than one transaction should hold the store for, so they are gone through in batches. What is
/// not finished, because the server ended or the approval did, goes on with the next attempt.
extension TenantContacts {
  /// How many contacts one transaction changes.
  static let mostContactsAtOnce = 500

  /// Writes the company's new name into a batch of its contacts.
  ///
  /// - Parameter last: the contact behind which to begin.
  /// - Returns: the last contact of the batch, nil where no more are to be done.
  func carryName(of company: Int64, behind last: Int64) throws -> Int64? {
    let row = try db.row("SELECT name, renaming FROM companies WHERE tenant_id = $1 AND id = $2", tenant, company)
    guard let row, let renaming = try row["renaming"] as Int64? else { return nil }
    let reference = CompanyReference(id: company, name: try row["name"])
    let ids = try contacts(of: company, behind: last)
    for id in ids { try point(id, at: reference) }
    guard ids.count == Self.mostContactsAtOnce else {
      // A name that was given meanwhile has a walk of its own, which ends itself.
      try db.execute(
        "UPDATE companies SET renaming = NULL WHERE tenant_id = $1 AND id = $2 AND renaming = $3", tenant, company,
        renaming)
      return nil
    }
    return ids.last
  }

  /// Frees a batch of the company's contacts, and deletes it when none is left.
  ///
  /// - Returns: whether the company is gone.
  func deleteCompany(_ id: Int64) throws -> Bool {
    let company = try requiredCompany(id).record.company
    let ids = try contacts(of: id, behind: 0)
    for contact in ids { try point(contact, at: nil) }
    guard ids.count < Self.mostContactsAtOnce else { return false }
    try db.execute("DELETE FROM companies WHERE tenant_id = $1 AND id = $2", tenant, id)
    try forget(company.details.emailForms)
    return true
  }

  private func contacts(of company: Int64, behind last: Int64) throws -> [Int64] {
    try db.rows(
      "SELECT id FROM contacts WHERE tenant_id = $1 AND company_id = $2 AND id > $3 ORDER BY id LIMIT $4", tenant,
      company, last, Self.mostContactsAtOnce
    ).map { try $0["id"] }
  }

  /// Its match keys follow (law P43).
  private func point(_ id: Int64, at company: CompanyReference?) throws {
    let old = try required(id)
    var contact = old.record.contact
    guard contact.company != company else { return }
    contact.company = company
    _ = try save(contact, over: old, knowing: old.record.contact)
  }
}
