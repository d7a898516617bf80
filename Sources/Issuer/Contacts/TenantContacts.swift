import Contacts
import Store
import Wire

/// The contacts of one tenant within one transaction, for one grant at one moment.
struct TenantContacts {
  let tenant: Int64
  let grant: GrantID
  let now: Timestamp
  let db: any Transaction
  let models = CustomFieldModels()
  let listeners = HookListeners()

  /// - Throws: ``ContactFault/notFound``, also for a contact of another tenant.
  func required(_ id: Int64) throws -> Kept<ContactRecord> {
    let row = try row(of: id)
    return try Kept(whole([row]).first.orMissing("contact"), row)
  }

  /// The contact as far as its row has it, which is enough for its name.
  func bare(_ id: Int64) throws -> Contact { try Self.record(row(of: id)).contact }

  private func row(of id: Int64) throws -> Row {
    let row = try db.row("SELECT * FROM contacts WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard let row else { throw ContactFault.notFound }
    return row
  }

  /// Those of the contacts that there are.
  func contacts(_ ids: [Int64]) throws -> [Int64: ContactRecord] {
    let records = try whole(try selected("* FROM contacts WHERE tenant_id", "id", ids))
    return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  /// Those of the contacts that there are, each with the number of its state.
  func kept(_ ids: [Int64]) throws -> [Int64: Kept<ContactRecord>] {
    let rows = try selected("* FROM contacts WHERE tenant_id", "id", ids)
    return try zip(whole(rows), rows).reduce(into: [:]) { $0[$1.0.id] = try Kept($1.0, $1.1) }
  }

  /// The contacts of rows, with their tags and links, what is known of their addresses, and the custom fields that are defined.
  private func whole(_ rows: [Row]) throws -> [ContactRecord] {
    let model = try customFields(of: .contact)
    var records = try rows.map { try Self.record($0, model: model) }
    let tags = try tagIDs(of: .contacts, records.map(\.id))
    let links = try links(of: records.map(\.id))
    for (index, contact) in try withStatuses(records.map(\.contact)).enumerated() {
      records[index].contact = contact
      records[index].tagIDs = tags[records[index].id] ?? []
      records[index].links = links[records[index].id] ?? []
    }
    return records
  }

  func add(_ change: ContactChange, as act: ContactAct, _ check: ContactCheck) throws -> ContactRecord {
    let known = try recalling(Contact(), change)
    let contact = Self.applied(change, to: known, as: act)
    try check(contact, act)
    return try insert(try new(contact), try nextID(), knowing: known)
  }

  func new(_ contact: Contact) throws -> NewContact {
    try NewContact(contact, types: contact.customFields.isEmpty ? [:] : customFields(of: .contact).types)
  }

  /// Stores a new contact.
  ///
  /// - Parameters:
  ///   - id: a number that no record of the tenant has had.
  ///   - known: an empty contact with the statuses that were recalled for the new one.
  func insert(_ new: NewContact, _ id: Int64, knowing known: Contact) throws -> ContactRecord {
    let (contact, columns) = (new.contact, new.columns)
    try db.execute(
      """
      INSERT INTO contacts (tenant_id, id, revision, document, email, given_name, family_name, middle_name, company_id,
        created_at, updated_at, created_by, updated_by) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $9, $10, $10)
      """,
      tenant, id, new.document, columns.email, columns.givenName, columns.familyName, columns.middleName,
      columns.companyID, now, grant)
    try add(new.values, of: id, .contact)
    try takeKeys(new.keys, for: id)
    try keepStatuses(of: contact, before: known)
    try tell(.contactAdd, of: id)
    let author = grant.text
    return ContactRecord(
      id: id, contact: contact, createdAt: now.milliseconds, updatedAt: now.milliseconds, createdBy: author,
      updatedBy: author, model: try customFields(of: .contact))
  }

  /// The contact after a change. What was recalled for it has done its work.
  static func applied(_ change: ContactChange, to known: Contact, as act: ContactAct) -> Contact {
    var contact = change.applied(to: known, as: act)
    contact.knownStatuses = [:]
    return contact
  }

  /// - Parameter known: the contact as it was found, with the statuses that were recalled for it.
  /// - Throws: ``StoreError`` where somebody else changed the contact since it was read.
  func save(_ contact: Contact, over old: Kept<ContactRecord>, knowing known: Contact) throws -> ContactRecord {
    var contact = contact
    contact.customFields = old.record.model.defined(contact.customFields)
    let columns = Columns(contact)
    let id = old.record.id
    // An engine with several writers may have let another one in since the row was read.
    let changed = try db.execute(
      """
      UPDATE contacts SET revision = revision + 1, document = $3, email = $4, given_name = $5, family_name = $6,
        middle_name = $7, company_id = $8, updated_at = $9, updated_by = $10
      WHERE tenant_id = $1 AND id = $2 AND revision = $11
      """,
      tenant, id, try Self.document(of: contact), columns.email, columns.givenName, columns.familyName,
      columns.middleName,
      columns.companyID,
      now, grant, old.revision)
    guard changed == 1 else {
      throw StoreError.unavailable("contact \(id) was changed by somebody else at the same time")
    }
    try keepValues(of: contact, id, before: old.record.contact)
    let (before, after) = (old.record.contact.matched, contact.matched)
    // Most changes leave alone what a contact is found by, which may be much once others were merged into it.
    if before != after { try bringKeys(Set(before.keys), to: Set(after.keys), of: id) }
    try keepStatuses(of: contact, before: known)
    try tell(.contactEdit, of: id)
    var record = old.record
    record.contact = contact
    record.updatedAt = now.milliseconds
    record.updatedBy = grant.text
    return record
  }

  func delete(_ id: Int64) throws {
    let row = try db.row("DELETE FROM contacts WHERE tenant_id = $1 AND id = $2 RETURNING *", tenant, id)
    guard let row else { throw ContactFault.notFound }
    let contact = try Self.record(row).contact
    try releaseKeys(Set(contact.matchKeys()), of: id)
    try forget(contact.heldForms)
    try tell(.contactDelete, of: id)
  }

  /// The change as it may be laid on a contact: its company named by both id and name, its custom fields checked.
  func resolved(_ change: ContactChange) throws -> ContactChange {
    // A change that says nothing of custom fields needs no look at what is defined.
    let change = change.customFields.value == nil ? change : try customFields(of: .contact).checked(change)
    return try resolvingCompany(change)
  }

  /// The contact as it is stored, at most 1 MiB: one that grew without end would one day make every list of its tenant fail.
  static func document(of contact: Contact) throws(ContactFault) -> [UInt8] {
    let bytes = contact.withoutStatuses.stored
    guard bytes.count <= mostBytes else {
      throw ContactFault.invalid("The contact would be longer than 1 MiB; clear custom fields first")
    }
    return bytes
  }

  private static let mostBytes = 1 << 20

  /// The next number of the tenant. Taking it also makes acts that add to one tenant wait for each other.
  func nextID() throws -> Int64 { try nextIDs(1) }

  /// The first of so many numbers in a row.
  func nextIDs(_ count: Int) throws -> Int64 {
    let row = try db.row(
      "UPDATE tenants SET next_id = next_id + $2 WHERE id = $1 RETURNING next_id - $2 AS id", tenant, count)
    return try row.orMissing("tenant")["id"]
  }

  /// The contact of a row, as far as the row has it.
  static func record(_ row: Row, model: CustomFieldModel = CustomFieldModel()) throws -> ContactRecord {
    let document: [UInt8] = try row["document"]
    let contact: Contact
    // What the store holds is not the caller's fault, so it must not be told as a refusal of what the caller sent.
    do { contact = try Contact(stored: document) } catch { throw StoreError.unreadable(error.message) }
    return ContactRecord(
      id: try row["id"], contact: contact, createdAt: try row["created_at"], updatedAt: try row["updated_at"],
      createdBy: (try row["created_by"] as GrantID).text, updatedBy: (try row["updated_by"] as GrantID).text,
      model: model)
  }

  /// The normal forms that lists filter and sort by.
  struct Columns: Sendable {
    /// Empty for a contact that has none: one index finds addresses and has them in order.
    var email: String
    var givenName: String?
    var familyName: String?
    var middleName: String?
    var companyID: Int64?

    init(_ contact: Contact) {
      email = contact.email.map(NormalForm.email) ?? ""
      givenName = contact[.givenName].map(NormalForm.name)
      familyName = contact[.familyName].map(NormalForm.name)
      middleName = contact[.middleName].map(NormalForm.name)
      companyID = contact.company?.id
    }
  }
}
