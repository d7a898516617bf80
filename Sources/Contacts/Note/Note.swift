import Wire

/// What somebody noted about a contact.
package struct Note: Hashable, Sendable {
  package var contactID: Int64
  package var title: String?
  package var text: String?
  /// One of ``NoteType`` in its spelling, or a type that the tenant has by itself.
  package var type: String?
  /// Whom it is assigned to.
  package var userID: Int64?
  /// Milliseconds since 1970; nil where it is not pinned.
  package var pinnedAt: Int64?
  package var customFields: [CustomField] = []

  package init(contactID: Int64) { self.contactID = contactID }
}

/// The types of note that every tenant has.
package enum NoteType: String, CaseIterable, Sendable {
  case appointment = "Appointment"
  case call = "Call"
  case email = "Email"
  case fax = "Fax"
  case letter = "Letter"
  case other = "Other"

  init?(named text: String) {
    guard let type = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else { return nil }
    self = type
  }
}

/// A stored note with what the store knows around it.
package struct NoteRecord: Hashable, Sendable {
  package var id: Int64
  package var note: Note
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64
  package var createdBy: Int64
  package var updatedBy: BasicUser
  /// Whom it is assigned to.
  package var assignee: BasicUser?
  /// The custom fields that the tenant defined for notes.
  package var model: CustomFieldModel

  package init(
    id: Int64, note: Note, createdAt: Int64, updatedAt: Int64, createdBy: Int64, updatedBy: BasicUser,
    assignee: BasicUser?, model: CustomFieldModel = CustomFieldModel(.note)
  ) {
    self.id = id
    self.note = note
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.updatedBy = updatedBy
    self.assignee = assignee
    self.model = model
  }
}

/// A partial note: what a request says, field by field.
package struct NoteChange: Hashable, Sendable {
  package var contactID = Change<Int64>.absent
  package var title = Change<String>.absent
  package var text = Change<String>.absent
  package var type = Change<String>.absent
  package var userID = Change<Int64>.absent
  package var isPinned = Change<Bool>.absent
  package var customFields = Change<[CustomField]>.absent

  package init() {}

  /// The note after this change. Applying the same change again changes nothing more.
  /// - Parameter now: when it is pinned, if it is and was not before.
  package func applied(to note: Note, at now: Int64) -> Note {
    var new = note
    new.contactID = contactID.value ?? note.contactID
    new.title = title.applied(to: note.title)
    new.text = text.applied(to: note.text)
    new.type = type.applied(to: note.type)
    new.userID = userID.applied(to: note.userID)
    if let isPinned = isPinned.value { new.pinnedAt = isPinned ? note.pinnedAt ?? now : nil }
    new.customFields = customFields.landed(on: note.customFields, .replace)
    return new
  }
}
