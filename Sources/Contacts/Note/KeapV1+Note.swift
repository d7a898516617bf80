import Wire

/// Notes as Keap's REST v1 writes them.
extension KeapV1 {
  /// Reads a request body. Whatever else a client read and sends back is left aside.
  /// - Parameter isWhole: takes what is missing for cleared, as a PUT means it.
  package static func noteChange(from body: JSON, isWhole: Bool = false) throws(ContactRefusal) -> NoteChange {
    let members = try KeapMembers(body, .v1)
    var change = NoteChange()
    change.contactID = try members.number("contact_id")
    if isWhole, change.contactID.isAbsent { change.contactID = .null }
    change.title = try members.text("title").orCleared(isWhole)
    change.text = try members.text("body", atMost: KeapMembers.mostOfText).orCleared(isWhole)
    change.type = try noteType(members).orCleared(isWhole)
    change.userID = try members.number("user_id")
    return change
  }

  private static func noteType(_ members: KeapMembers) throws(ContactRefusal) -> Change<String> {
    let change = try members.text("type")
    guard let text = change.value else { return change }
    guard let type = NoteType(named: text) else {
      let names = NoteType.allCases.map(\.rawValue).joined(separator: ", ")
      throw ContactRefusal("type must be one of \(names)")
    }
    return .set(type.rawValue)
  }

  /// What has to hold of a note, before it is stored.
  package static func check(_ note: Note) throws(ContactRefusal) {
    if note.title == nil, note.text == nil { throw ContactRefusal("Note must contain a title or body") }
  }

  /// Builds a note. A type that v1 has no name for is another.
  package static func note(_ record: NoteRecord) -> JSON {
    let note = record.note
    var members: [String: JSON] = [
      "id": .integer(record.id), "contact_id": .integer(note.contactID),
      "date_created": .string(KeapTime.v1(record.createdAt)), "last_updated": .string(KeapTime.v1(record.updatedAt)),
      "last_updated_by": record.updatedBy.v1,
    ]
    members["title"] = note.title.map(JSON.string)
    members["body"] = note.text.map(JSON.string)
    members["type"] = note.type.map { .string((NoteType(named: $0) ?? .other).rawValue) }
    members["user_id"] = note.userID.map(JSON.integer)
    return .object(members)
  }
}

extension Change {
  /// This change as a request that replaces everything means it: what is missing is cleared.
  func orCleared(_ isWhole: Bool) -> Change { isWhole && isAbsent ? .null : self }
}
