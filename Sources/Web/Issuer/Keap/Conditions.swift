import Contacts
import HTTPTypes
import Hummingbird
import Issuer
import Wire

extension Request {
  /// What the caller asks of the record's state (law P46). It knows the state from an answer in gzip as well as from another.
  var condition: RecordCondition {
    RecordCondition(match: tags(in: .ifMatch), noneMatch: tags(in: .ifNoneMatch))
  }

  private func tags(in name: HTTPField.Name) -> EntityTagList? {
    let fields = headers[values: name]
    return fields.isEmpty ? nil : EntityTagList(fields: fields).ofStates
  }
}

extension Response {
  /// A record that was read, or word that the caller has it already.
  ///
  /// - Throws: ``ContactFault/changed`` where the caller wants another state.
  static func record(_ json: JSON, _ tag: EntityTag, for request: Request) throws -> Response {
    switch request.condition.verdict(on: tag) {
    case .holds: return record(json, tag)
    case .seen: return Response(status: .notModified, headers: [.eTag: tag.text])
    case .fails: throw ContactFault.changed
    }
  }

  /// A record as a write left it.
  static func record(_ json: JSON, _ tag: EntityTag) -> Response {
    var response = Response.json(json)
    response.headers[.eTag] = tag.text
    return response
  }
}

/// Judges conditions where the answer has no tag: lists, and all that makes or changes a record which the path does not name.
///
/// No tag is one of theirs, so that `If-Match` with tags is 412 there: an upsert that should only go through on a state known to
/// the caller has to be a PATCH of that contact. They do exist, so `If-Match: *` holds and `If-None-Match: *` does not (RFC 9110
/// sections 13.1.1 and 13.1.2).
struct UntaggedConditions: RouterMiddleware {
  typealias Context = SiteContext

  /// The routes of single records, whose own handlers judge.
  private static let tagged: Set<String> = {
    let kinds = ["contacts", "companies", "tags", "notes", "tasks"]
    let paths = ["v1", "v2"].flatMap { version in kinds.map { "/crm/rest/\(version)/\($0)/{id}" } }
    return Set(paths).union(["/crm/rest/v2/contacts/{id}/notes/{note}"])
  }()

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    guard case .keap = Speech(path: request.uri.path), request.method != .options,
      let path = context.endpointPath, !Self.tagged.contains(path)
    else { return try await next(request, context) }
    let condition = request.condition
    if case .tags = condition.match { throw KeapRefusal.untagged }
    guard condition.noneMatch == .any else { return try await next(request, context) }
    guard request.method == .get || request.method == .head else { throw ContactFault.changed }
    return Response(status: .notModified)
  }
}

extension KeapRefusal {
  /// Of `If-Match` with tags at an address that has none.
  fileprivate static let untagged = KeapRefusal(
    .preconditionFailed,
    "This address has no ETag; to change a contact on one state alone, find it, and send PATCH with If-Match")
}
