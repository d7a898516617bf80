import Wire

/// Notes as Keap's REST v2 writes them.
extension KeapV2 {
  /// Reads a request body.
  /// - Parameter mask: `update_mask`, the only keys that count.
  package static func noteChange(from body: JSON, mask: Set<String>? = nil) throws(ContactRefusal) -> NoteChange {
    let members = try KeapMembers(body, .v2, mask: mask)
    var change = NoteChange()
    change.contactID = try members.number("contact_id")
    change.title = try members.text("title")
    change.text = try members.text("text", atMost: KeapMembers.mostOfText)
    change.type = try members.text("type").map { NoteType(named: $0)?.rawValue ?? $0 }
    change.userID = try members.number("user_id")
    change.isPinned = try members.truth("is_pinned")
    change.customFields = try members.customFields()
    return change
  }

  /// Reads the body of a new note, which names the user and not the contact, as the path does that.
  package static func newNote(from body: JSON) throws(ContactRefusal) -> NoteChange {
    var change = try noteChange(from: body)
    guard change.userID.value != nil else { throw ContactRefusal("user_id is required") }
    change.contactID = .absent
    return change
  }

  /// Reads `update_mask` of notes. Nil where none is named.
  package static func noteMask(_ values: [String]) throws(ContactRefusal) -> Set<String>? {
    try PropertyNames.read(
      values, parameter: "update_mask", as: "a property of a note",
      known: ["contact_id", "custom_fields", "is_pinned", "text", "title", "type", "user_id"])
  }

  /// Reads `fields` of notes or tasks, whose only property that is not there unasked are the custom fields.
  package static func optionalFields(_ values: [String], of noun: String) throws(ContactRefusal) -> Set<String>? {
    try PropertyNames.read(
      values, parameter: "fields", as: "an optional property of a \(noun)", known: ["custom_fields"])
  }

  /// What has to hold of a note, before it is stored.
  package static func check(_ note: Note) throws(ContactRefusal) {
    if note.title == nil, note.type == nil { throw ContactRefusal("A value for either title or type is required") }
  }

  /// Builds a note.
  /// - Parameter fields: what is asked for beside what is always there.
  package static func note(_ record: NoteRecord, fields: Set<String>?) -> JSON {
    let note = record.note, dialect = KeapDialect.v2
    var members: [String: JSON] = [
      "id": dialect.identifier(record.id), "contact_id": dialect.identifier(note.contactID),
      "create_time": .string(KeapTime.v2(record.createdAt)), "update_time": .string(KeapTime.v2(record.updatedAt)),
      "created_by_user_id": dialect.identifier(record.createdBy),
      "last_updated_by_user_id": dialect.identifier(record.updatedBy.id),
    ]
    members["title"] = note.title.map(JSON.string)
    members["text"] = note.text.map(JSON.string)
    members["type"] = note.type.map(JSON.string)
    members["assigned_to_user"] = record.assignee?.v2
    members["pinned_at"] = note.pinnedAt.map { .string(KeapTime.v2($0)) }
    if fields?.contains("custom_fields") == true {
      members["custom_fields"] = dialect.customFields(record.model.shown(note.customFields))
    }
    return .object(members)
  }
}
