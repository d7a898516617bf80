import Contacts
import Store

extension Issuer {
  /// Makes two contacts one: the first keeps what it has, and takes what it lacks and all that hangs off the other, which is
  /// deleted.
  package func mergeContact(
    _ duplicate: Int64, into id: Int64, by caller: Caller
  ) async throws(ContactFault) -> ContactRecord {
    try await writing(caller) { shelf in try shelf.merge(duplicate, into: id) }
  }
}

extension TenantContacts {
  func merge(_ duplicate: Int64, into id: Int64) throws -> ContactRecord {
    guard id != duplicate else { throw ContactFault.invalid("duplicate_contact_id must be another contact") }
    // Nobody changes either of them from here on.
    let taken = try db.execute(
      "UPDATE contacts SET revision = revision + 1 WHERE tenant_id = $1 AND id IN ($2, $3)", tenant, id, duplicate)
    guard taken == 2 else { throw ContactFault.notFound }
    let (old, other) = (try required(id), try required(duplicate).record.contact)
    let contact = old.record.contact.filled(from: other)
    try requireFewKeys(of: contact, merging: duplicate, into: id)
    var known = old.record.contact
    for email in other.emailForms { known.knownStatuses[email] = other.status(of: email) }
    _ = try save(contact, over: old, knowing: known)
    try note(other.emails.compactMap(\.email).filter { !contact.emailForms.contains(NormalForm.email($0)) }, on: id)
    try moveRecords(from: duplicate, to: id)
    try moveTags(from: duplicate, to: id)
    try moveLinks(from: duplicate, to: id)
    try passKeys(other.matchKeys(), from: duplicate, to: id)
    try delete(duplicate)
    return try required(id).record
  }

  /// Each key of a contact is a row, which one act writes and may have to pass on.
  private func requireFewKeys(of contact: Contact, merging duplicate: Int64, into id: Int64) throws {
    let keys = contact.matched.keyCount
    guard contact.merged.count > MergedContact.most || keys > Matched.mostKeys else { return }
    throw ContactFault.conflict(
      "Contact \(id) would be found by \(keys) combinations of the addresses, names and companies of "
        + "\(contact.merged.count) contacts; it may be by \(Matched.mostKeys), of \(MergedContact.most). Take the e-mail "
        + "addresses from contact \(duplicate), by which it is found, and merge them again")
  }

  /// Writes the addresses for which the contact has no slot into a note, so that none is lost.
  private func note(_ emails: [String], on contact: Int64) throws {
    guard !emails.isEmpty else { return }
    var note = Note(contactID: contact)
    note.title = "E-mail addresses of a merged contact"
    note.text = emails.joined(separator: "\n")
    note.type = NoteType.other.rawValue
    note.userID = try actingUser()
    _ = try add(note)
  }

  /// Notes and tasks. Whoever has read one of them before is told that it has changed.
  private func moveRecords(from other: Int64, to contact: Int64) throws {
    for table in ["notes", "tasks"] {
      try db.execute(
        """
        UPDATE \(table) SET contact_id = $3, revision = revision + 1, updated_at = $4, updated_by = $5
        WHERE tenant_id = $1 AND contact_id = $2
        """, tenant, other, contact, now, try actingUser())
    }
  }

  /// A tag that both have keeps the time at which it was applied to the first.
  private func moveTags(from other: Int64, to contact: Int64) throws {
    try db.execute(
      """
      INSERT INTO contact_tags (tenant_id, contact_id, tag_id, applied_at)
      SELECT tenant_id, $3, tag_id, applied_at FROM contact_tags WHERE tenant_id = $1 AND contact_id = $2
      ON CONFLICT (tenant_id, contact_id, tag_id) DO NOTHING
      """, tenant, other, contact)
    guard try tagIDs(of: .contacts, [contact])[contact]?.count ?? 0 <= TagBearer.mostTags else {
      throw ContactFault.conflict("The contact would have more than \(TagBearer.mostTags) tags")
    }
  }

  /// Whoever looks for the other by what it was matched by finds the first (law P43), which has each of its keys.
  ///
  /// - Parameter keys: those of the other, whoever holds them.
  private func passKeys(_ keys: [MatchKey], from other: Int64, to contact: Int64) throws {
    for key in keys {
      try db.execute(
        "UPDATE match_keys SET contact_id = $5 WHERE tenant_id = $1 AND value = $2 AND rule = $3 AND contact_id = $4",
        tenant, key.value, key.rule.rawValue, other, contact)
    }
  }
}
