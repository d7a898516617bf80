import Contacts
import Store
import Wire

/// The companies of the tenant; a name is unique there in its normal form.
extension TenantContacts {
  /// Nil also for a company of another tenant.
  func company(_ id: Int64) throws -> Kept<CompanyRecord>? {
    try db.row("SELECT * FROM companies WHERE tenant_id = $1 AND id = $2", tenant, id).map(keptCompany)
  }

  /// - Throws: ``ContactFault/missing(_:)``, also for a company of another tenant.
  func requiredCompany(_ id: Int64) throws -> Kept<CompanyRecord> {
    guard let company = try company(id) else { throw ContactFault.missing(.company) }
    return company
  }

  /// Those of the companies that there are.
  func companies(_ ids: [Int64]) throws -> [Int64: CompanyRecord] {
    let records = try whole(companies: try selected("* FROM companies WHERE tenant_id", "id", ids))
    return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  /// The company of this name with all that is known of it, made if there was none.
  func wholeCompanyMade(named name: String) throws -> Kept<CompanyRecord> {
    _ = try companyMade(named: name)
    let row = try db.row(
      "SELECT * FROM companies WHERE tenant_id = $1 AND normal_name = $2", tenant, NormalForm.name(name))
    return try keptCompany(row.orMissing("company"))
  }

  func company(named name: String) throws -> CompanyReference? {
    try db.row(
      "SELECT id, name FROM companies WHERE tenant_id = $1 AND normal_name = $2", tenant, NormalForm.name(name)
    ).map(Self.reference)
  }

  /// The company of this name, made if there was none.
  func companyMade(named name: String) throws -> CompanyReference {
    if let known = try company(named: name) { return known }
    let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !name.isEmpty else { throw ContactFault.invalid("company_name must not be empty") }
    // Whoever draws a number waits for the others who do, so a name that came in meanwhile is there by now.
    let id = try nextID()
    try db.execute(
      """
      INSERT INTO companies (tenant_id, id, revision, name, normal_name, created_at, updated_at, created_by, updated_by)
      VALUES ($1, $2, 1, $3, $4, $5, $5, $6, $6) ON CONFLICT (tenant_id, normal_name) DO NOTHING
      """, tenant, id, name, NormalForm.name(name), now, try actingUser())
    guard let made = try company(named: name) else { throw StoreError.unreadable("company \(id)") }
    return made
  }

  /// The change with its company named by both id and name.
  func resolvingCompany(_ change: ContactChange) throws -> ContactChange {
    guard let reference = change.company.value else { return change }
    var change = change
    if let id = reference.id {
      let row = try db.row("SELECT id, name FROM companies WHERE tenant_id = $1 AND id = $2", tenant, id)
      guard let row else { throw ContactFault.invalid("company.id: there is no company \(id)") }
      change.company = .set(try Self.reference(row))
    } else if let name = reference.name, !NormalForm.name(name).isEmpty {
      change.company = .set(try companyMade(named: name))
    } else {
      change.company = .null
    }
    return change
  }

  /// Changes the fields that `change` speaks of. A change that says nothing new writes nothing.
  ///
  /// - Throws: ``ContactFault/nameTaken(_:)`` where another company has the name.
  func change(_ old: Kept<CompanyRecord>, _ change: CompanyChange, as act: ContactAct) throws -> CompanyRecord {
    var change = change
    try check(user: change.details.ownerID, was: old.record.company.details.ownerID, "owner_id")
    change.details.customFields = try checked(
      change.details.customFields, of: .company, over: old.record.company.details.customFields)
    var known = old.record.company
    known.details = try recalling(known.details, change.details)
    var new = change.applied(to: known, as: act)
    new.details.knownStatuses = [:]
    try new.check()
    if new == old.record.company { return old.record }
    return try save(new, over: old, knowing: known)
  }

  private func save(_ company: Company, over old: Kept<CompanyRecord>, knowing known: Company) throws -> CompanyRecord {
    var (record, company) = (old.record, company)
    if let holder = try self.company(named: company.name), holder.id != record.id {
      throw ContactFault.nameTaken(.company)
    }
    company.details.customFields = record.model.defined(company.details.customFields)
    let document = company.details.withoutStatuses.stored
    guard document.count <= Self.mostBytesOfCompany else {
      throw ContactFault.invalid("The company would be longer than 1 MiB; clear custom fields first")
    }
    record.company = company
    record.updatedAt = now.milliseconds
    record.updatedBy = try actingUser()
    // An engine with several writers may have let another one in since the row was read.
    let changed = try db.execute(
      """
      UPDATE companies SET revision = revision + 1, name = $3, normal_name = $4, notes = $5, document = $6, email = $7,
        city = $8, state = $9, updated_at = $10, updated_by = $11,
        renaming = CASE WHEN name = $3 THEN renaming ELSE revision END
      WHERE tenant_id = $1 AND id = $2 AND revision = $12
      """,
      tenant, record.id, company.name, NormalForm.name(company.name), company.notes, document, company.emailForm,
      company.cityForm, company.stateForm, now, record.updatedBy, old.revision)
    guard changed == 1 else {
      throw StoreError.unavailable("company \(record.id) was changed by somebody else at the same time")
    }
    try keepValues(ofContents: company.details.customFields, record.id, .company, isNew: false)
    try keepStatuses(of: company.details, before: known.details)
    return record
  }

  private static let mostBytesOfCompany = 1 << 20

  private func keptCompany(_ row: Row) throws -> Kept<CompanyRecord> {
    try Kept(whole(companies: [row]).first.orMissing("company"), row)
  }

  /// The companies of rows, with their tags, what is known of their addresses, and the custom fields that are defined.
  private func whole(companies rows: [Row]) throws -> [CompanyRecord] {
    var records = try rows.map(record(ofCompany:))
    let tags = try tagIDs(of: .companies, records.map(\.id))
    for (index, details) in try withStatuses(records.map(\.company.details)).enumerated() {
      records[index].company.details = details
      records[index].tagIDs = tags[records[index].id] ?? []
    }
    return records
  }

  private func record(ofCompany row: Row) throws -> CompanyRecord {
    var details = Contact()
    if let document = try row["document"] as [UInt8]? {
      // What the store holds is not the caller's fault, so it must not be told as a refusal of what the caller sent.
      do { details = try Contact(stored: document) } catch { throw StoreError.unreadable(error.message) }
    }
    return CompanyRecord(
      id: try row["id"], company: Company(name: try row["name"], notes: try row["notes"], details: details),
      createdAt: try row["created_at"], updatedAt: try row["updated_at"], createdBy: try row["created_by"],
      updatedBy: try row["updated_by"], model: try customFields(of: .company))
  }

  private static func reference(_ row: Row) throws -> CompanyReference {
    CompanyReference(id: try row["id"], name: try row["name"])
  }
}
