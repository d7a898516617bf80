import Contacts
import Hummingbird
import Issuer
import Wire

/// Notes in REST v1.
extension KeapAPI {
  func listNotesV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try NoteQuery(v1: parameters(request))
    let page = try await issuer.notes(matching: query, by: caller(context))
    return try list("notes", page, query.page, at: "notes", request, NoteQuery.v1Parameters) { KeapV1.note($0) }
  }

  func createNoteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.noteChange(from: try await json(request))
    let record = try await issuer.createNote(change, check: KeapV1.check, by: caller(context))
    return .json(KeapV1.note(record), status: .created)
  }

  func readNoteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let record = try await issuer.note(id(context, "Note"), by: caller(context))
    return try .record(KeapV1.note(record), record.entityTag, for: request)
  }

  func replaceNoteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.noteChange(from: try await json(request), isWhole: true)
    let record = try await issuer.replaceNote(
      id(context, "Note"), change, if: request.condition, check: KeapV1.check, by: caller(context))
    return .record(KeapV1.note(record), record.entityTag)
  }

  func updateNoteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.noteChange(from: try await json(request))
    let record = try await issuer.updateNote(
      id(context, "Note"), change, if: request.condition, check: KeapV1.check, by: caller(context))
    return .record(KeapV1.note(record), record.entityTag)
  }

  func deleteNoteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteNote(id(context, "Note"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }
}
