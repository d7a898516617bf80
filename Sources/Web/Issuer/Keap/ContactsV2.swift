import Contacts
import Hummingbird
import Issuer
import Wire

/// Contacts in REST v2.
extension KeapAPI {
  func createV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try request.query()
    let rule = try KeapV2.duplicateOption(query["duplicate_option"])
    let fields = try KeapV2.fields(query.values(of: "fields"))
    let change = try KeapV2.change(from: try await json(request))
    guard let rule else {
      let record = try await issuer.createContact(change, check: KeapV2.check, by: caller(context))
      return .json(KeapV2.contact(record, fields: fields), status: .created)
    }
    let (record, outcome) = try await issuer.upsertContact(
      change, match: rule, check: KeapV2.check, by: caller(context))
    return .json(KeapV2.contact(record, fields: fields), status: outcome == .created ? .created : .ok)
  }

  func listV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try ContactQuery(v2: parameters(request))
    let page = try await issuer.contacts(matching: query, by: caller(context))
    let contacts = page.records.map { KeapV2.contact($0, fields: query.properties) }
    return .json(KeapV2.list("contacts", contacts, nextPageToken: page.nextPageToken))
  }

  func readV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try KeapV2.fields(request.query().values(of: "fields"))
    let record = try await issuer.contact(id(context, "Contact"), by: caller(context))
    return try .record(KeapV2.contact(record, fields: fields), record.entityTag, for: request)
  }

  func updateV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try KeapV2.fields(request.query().values(of: "fields"))
    let mask = try KeapV2.fields(request.query().values(of: "update_mask"), parameter: "update_mask")
    let change = try KeapV2.change(from: try await json(request), mask: mask)
    let record = try await issuer.updateContact(
      id(context, "Contact"), change, as: .replace, if: request.condition, check: KeapV2.check, by: caller(context))
    return .record(KeapV2.contact(record, fields: fields), record.entityTag)
  }

  /// Contacts here have no lead sources, so that there are none.
  func listLeadSourcesV2(_ request: Request, _ context: SiteContext) throws -> Response {
    _ = try caller(context)
    return .json(KeapV2.list("lead_sources", [], nextPageToken: nil))
  }

  func deleteV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteContact(id(context, "Contact"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }
}
