import Contacts
import Store
import Wire

/// What a route checks of a whole note before it is stored.
package typealias NoteCheck = @Sendable (Note) throws(ContactRefusal) -> Void

/// The notes on the tenant's contacts. They end with their contact.
extension TenantContacts {
  /// - Parameter contact: whose note it has to be; nil for anybody's.
  /// - Throws: ``ContactFault/missing(_:)``, also for a note of another tenant or contact.
  func requiredNote(_ id: Int64, of contact: Int64?) throws -> Kept<NoteRecord> {
    var users = KnownUsers(self)
    let row = try db.row("SELECT * FROM notes WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard let row, try contact == nil || row["contact_id"] == contact else { throw ContactFault.missing(.note) }
    return try Kept(record(ofNote: row, &users), row)
  }

  /// Those of the notes that there are.
  func notes(_ ids: [Int64]) throws -> [Int64: NoteRecord] {
    var users = KnownUsers(self)
    let records = try selected("* FROM notes WHERE tenant_id", "id", ids).map { try record(ofNote: $0, &users) }
    return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  func add(_ note: Note) throws -> NoteRecord {
    let (id, user) = (try nextID(), try actingUser())
    try db.execute(
      """
      INSERT INTO notes (tenant_id, id, revision, contact_id, user_id, title, title_form, body, note_type, pinned_at,
        custom_fields, created_at, updated_at, created_by, updated_by)
      VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $12)
      """,
      tenant, id, note.contactID, note.userID, note.title, NormalForm.name(note.title ?? ""), note.text, note.type,
      note.pinnedAt, note.customFields.stored, now, user)
    try keepValues(ofContents: note.customFields, id, .note, isNew: true)
    return try requiredNote(id, of: nil).record
  }

  /// Changes the fields that `change` speaks of. A change that says nothing new writes nothing.
  func change(_ kept: Kept<NoteRecord>, _ change: NoteChange, _ check: NoteCheck) throws -> NoteRecord {
    let old = kept.record
    var change = change
    if case .null = change.contactID { throw ContactFault.invalid("contact_id is required") }
    try self.check(contact: change.contactID, was: old.note.contactID, "contact_id")
    try self.check(user: change.userID, was: old.note.userID, "user_id")
    change.customFields = try checked(change.customFields, of: .note, over: old.note.customFields)
    var new = change.applied(to: old.note, at: now.milliseconds)
    if new == old.note { return old }
    // What was kept without may stay without: the versions ask for different things.
    if (try? check(old.note)) != nil { try check(new) }
    new.customFields = old.model.defined(new.customFields)
    let changed = try db.execute(
      """
      UPDATE notes SET revision = revision + 1, contact_id = $3, user_id = $4, title = $5, title_form = $6, body = $7,
        note_type = $8, pinned_at = $9, custom_fields = $10, updated_at = $11, updated_by = $12
      WHERE tenant_id = $1 AND id = $2 AND revision = $13
      """,
      tenant, old.id, new.contactID, new.userID, new.title, NormalForm.name(new.title ?? ""), new.text, new.type,
      new.pinnedAt, new.customFields.stored, now, try actingUser(), kept.revision)
    guard changed == 1 else {
      throw StoreError.unavailable("note \(old.id) was changed by somebody else at the same time")
    }
    try keepValues(ofContents: new.customFields, old.id, .note, isNew: false)
    return try requiredNote(old.id, of: nil).record
  }

  func deleteNote(_ id: Int64, of contact: Int64?) throws {
    _ = try requiredNote(id, of: contact)
    try db.execute("DELETE FROM notes WHERE tenant_id = $1 AND id = $2", tenant, id)
  }

  private func record(ofNote row: Row, _ users: inout KnownUsers) throws -> NoteRecord {
    var note = Note(contactID: try row["contact_id"])
    note.title = try row["title"]
    note.text = try row["body"]
    note.type = try row["note_type"]
    note.userID = try row["user_id"]
    note.pinnedAt = try row["pinned_at"]
    note.customFields = try contents(row)
    return NoteRecord(
      id: try row["id"], note: note, createdAt: try row["created_at"], updatedAt: try row["updated_at"],
      createdBy: try row["created_by"], updatedBy: try users.user(try row["updated_by"]),
      assignee: try note.userID.map { try users.user($0) }, model: try customFields(of: .note))
  }
}
