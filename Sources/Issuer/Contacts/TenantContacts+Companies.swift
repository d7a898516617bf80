import Contacts
import Store

/// A company of a tenant; its name is unique there in its normal form.
package struct Company: Sendable, Hashable {
  package var id: Int64
  package var name: String
}

extension TenantContacts {
  func company(_ id: Int64) throws -> Company? {
    try db.row("SELECT id, name FROM companies WHERE tenant_id = $1 AND id = $2", tenant, id).map(Self.company)
  }

  func company(named name: String) throws -> Company? {
    try db.row(
      "SELECT id, name FROM companies WHERE tenant_id = $1 AND normal_name = $2", tenant, NormalForm.name(name)
    ).map(Self.company)
  }

  /// The company of this name, made if there was none.
  func companyMade(named name: String) throws -> Company {
    if let known = try company(named: name) { return known }
    let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !name.isEmpty else { throw ContactFault.invalid("company_name must not be empty") }
    // Whoever draws a number waits for the others who do, so a name that came in meanwhile is there by now.
    let id = try nextID()
    try db.execute(
      """
      INSERT INTO companies (tenant_id, id, name, normal_name) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant_id, normal_name) DO NOTHING
      """, tenant, id, name, NormalForm.name(name))
    guard let made = try company(named: name) else { throw StoreError.unreadable("company \(id)") }
    return made
  }

  /// The change with its company named by both id and name.
  func resolvingCompany(_ change: ContactChange) throws -> ContactChange {
    guard let reference = change.company.value else { return change }
    var change = change
    if let id = reference.id {
      guard let known = try company(id) else { throw ContactFault.invalid("company.id: there is no company \(id)") }
      change.company = .set(CompanyReference(id: known.id, name: known.name))
    } else if let name = reference.name, !NormalForm.name(name).isEmpty {
      let company = try companyMade(named: name)
      change.company = .set(CompanyReference(id: company.id, name: company.name))
    } else {
      change.company = .null
    }
    return change
  }

  private static func company(_ row: Row) throws -> Company { Company(id: try row["id"], name: try row["name"]) }
}
