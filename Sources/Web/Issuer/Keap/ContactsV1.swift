import Contacts
import Hummingbird
import Issuer
import Wire

/// Contacts in REST v1.
extension KeapAPI {
  func createV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.change(from: try await json(request))
    let record = try await issuer.createContact(change, check: KeapV1.check, by: caller(context))
    return .json(KeapV1.contact(record), status: .created)
  }

  func upsertV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let body = try await json(request)
    let (record, outcome) = try await issuer.upsertContact(
      KeapV1.change(from: body), match: KeapV1.duplicateOption(of: body), check: KeapV1.check, by: caller(context))
    return .json(KeapV1.contact(record), status: outcome == .created ? .created : .ok)
  }

  func listV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try ContactQuery(v1: parameters(request))
    let page = try await issuer.contacts(matching: query, by: caller(context))
    return try list(
      "contacts", page, query.page, at: "contacts", request, ContactQuery.v1Parameters, orderedBy: "id"
    ) { KeapV1.contact($0, optional: query.properties ?? []) }
  }

  func readV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let optional = try KeapV1.optionalProperties(request.query().values(of: "optional_properties"))
    let record = try await issuer.contact(id(context, "Contact"), by: caller(context))
    return try .record(KeapV1.contact(record, optional: optional), record.entityTag, for: request)
  }

  func updateV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let mask = try request.query().values(of: "update_mask").flatMap { $0.split(separator: ",").map(String.init) }
    let change = try KeapV1.change(from: try await json(request), mask: mask.isEmpty ? nil : mask)
    let record = try await issuer.updateContact(
      id(context, "Contact"), change, as: .merge, if: request.condition, check: KeapV1.check, by: caller(context))
    return .record(KeapV1.contact(record), record.entityTag)
  }

  func deleteV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteContact(id(context, "Contact"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }
}
