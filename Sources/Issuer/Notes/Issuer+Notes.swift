import Contacts

/// Notes on contacts. Where a contact is given, it is the one of the path: a note of another one is not there.
extension Issuer {
  package func createNote(
    _ change: NoteChange, of contact: Int64? = nil, check: @escaping NoteCheck, by caller: Caller
  ) async throws(ContactFault) -> NoteRecord {
    try await writing(caller) { shelf in
      if let contact { try shelf.requireContact(contact) }
      guard let contactID = contact ?? change.contactID.value else {
        throw ContactFault.invalid("contact_id is required")
      }
      var change = change
      change.contactID = .set(contactID)
      if change.userID.value == nil { change.userID = .set(caller.userID) }
      try shelf.check(contact: change.contactID, was: contact, "contact_id")
      try shelf.check(user: change.userID, was: nil, "user_id")
      change.customFields = try shelf.checked(change.customFields, of: .note)
      let note = change.applied(to: Note(contactID: contactID), at: shelf.now.milliseconds)
      try check(note)
      return try shelf.add(note)
    }
  }

  /// Changes the fields that `change` speaks of.
  package func updateNote(
    _ id: Int64, of contact: Int64? = nil, _ change: NoteChange, if condition: RecordCondition = RecordCondition(),
    check: @escaping NoteCheck, by caller: Caller
  ) async throws(ContactFault) -> NoteRecord {
    try await writing(caller) { shelf in
      if let contact { try shelf.requireContact(contact) }
      let old = try shelf.requiredNote(id, of: contact)
      try condition.check(old.record.entityTag)
      return try shelf.change(old, change, check)
    }
  }

  /// Gives a note other words; who it is assigned to is the caller unless `change` says it.
  package func replaceNote(
    _ id: Int64, _ change: NoteChange, if condition: RecordCondition = RecordCondition(), check: @escaping NoteCheck,
    by caller: Caller
  ) async throws(ContactFault) -> NoteRecord {
    var change = change
    if change.userID.value == nil { change.userID = .set(caller.userID) }
    return try await updateNote(id, change, if: condition, check: check, by: caller)
  }

  package func note(_ id: Int64, of contact: Int64? = nil, by caller: Caller) async throws(ContactFault) -> NoteRecord {
    try await reading(caller) { shelf in
      if let contact { try shelf.requireContact(contact) }
      return try shelf.requiredNote(id, of: contact).record
    }
  }

  package func deleteNote(
    _ id: Int64, of contact: Int64? = nil, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      if let contact { try shelf.requireContact(contact) }
      try condition.check(try shelf.requiredNote(id, of: contact).record.entityTag)
      try shelf.deleteNote(id, of: contact)
    }
  }

  package func notes(
    matching query: NoteQuery, of contact: Int64? = nil, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<NoteRecord> {
    try await reading(caller) { shelf in
      var conditions = try query.filters.map(shelf.condition)
      if let contact {
        try shelf.requireContact(contact)
        conditions.append(try shelf.condition(NoteFilter.contact(contact)))
      }
      let order = ListStatement.Order(column: query.order.column, isDescending: query.page.isDescending)
      let list = ListStatement(ListSource(.note), tenant: shelf.tenant, conditions, order: order)
      return try shelf.page(of: list, query.page) { try shelf.notes($0) }
    }
  }
}

extension NoteOrder {
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .created: "created_at"
    case .updated: "updated_at"
    }
  }
}

extension TenantContacts {
  fileprivate func condition(_ filter: NoteFilter) throws -> ListCondition {
    switch filter {
    case .id(let comparison, let id): .id(comparison, id)
    case .ids(let ids): .ids(ids)
    case .contact(let id): .equal("contact_id", id, rank: 1)
    case .titleStarts(let text): .text("title_form", NormalForm.name(text), isPrefix: true, rank: 2)
    case .user(let id): .equal("user_id", id, rank: 20)
    case .titleContains(let text):
      ListCondition(column: "title_form", isText: true, test: .contains(NormalForm.name(text)))
    case .updatedFrom(let time): .updated(from: time)
    case .updatedUntil(let time): .updated(until: time)
    case .custom(let term): try found(by: term, .note)
    }
  }
}
