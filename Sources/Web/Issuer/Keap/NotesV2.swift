import Contacts
import Hummingbird
import Issuer
import Wire

/// Notes in REST v2, all of them in one list, and each below its contact.
extension KeapAPI {
  func listNotesV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await listNotes(request, of: nil, context)
  }

  func listNotesOfContactV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await listNotes(request, of: try id(context, "Contact"), context)
  }

  private func listNotes(_ request: Request, of contact: Int64?, _ context: SiteContext) async throws -> Response {
    let query = try NoteQuery(v2: parameters(request))
    let page = try await issuer.notes(matching: query, of: contact, by: caller(context))
    let notes = page.records.map { KeapV2.note($0, fields: query.properties) }
    return .json(KeapV2.list("notes", notes, nextPageToken: page.nextPageToken))
  }

  func createNoteV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try noteFields(request)
    let change = try KeapV2.newNote(from: try await json(request))
    let record = try await issuer.createNote(
      change, of: id(context, "Contact"), check: KeapV2.check, by: caller(context))
    return .json(KeapV2.note(record, fields: fields), status: .created)
  }

  func readNoteV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try noteFields(request)
    let record = try await issuer.note(id(context, "Note", in: "note"), of: id(context, "Contact"), by: caller(context))
    return try .record(KeapV2.note(record, fields: fields), record.entityTag, for: request)
  }

  func updateNoteV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try noteFields(request)
    let mask = try KeapV2.noteMask(request.query().values(of: "update_mask"))
    let change = try KeapV2.noteChange(from: try await json(request), mask: mask)
    let record = try await issuer.updateNote(
      id(context, "Note", in: "note"), of: id(context, "Contact"), change, if: request.condition, check: KeapV2.check,
      by: caller(context))
    return .record(KeapV2.note(record, fields: fields), record.entityTag)
  }

  func deleteNoteV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteNote(
      id(context, "Note", in: "note"), of: id(context, "Contact"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }

  /// Templates are made in Keap's own pages, which this server has none of.
  func listNoteTemplatesV2(_ request: Request, _ context: SiteContext) throws -> Response {
    _ = try caller(context)
    return .json(KeapV2.list("note_templates", [], nextPageToken: nil))
  }

  private func noteFields(_ request: Request) throws -> Set<String>? {
    try KeapV2.optionalFields(request.query().values(of: "fields"), of: "note")
  }
}
