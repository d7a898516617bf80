import Contacts
import Hummingbird
import Issuer
import Wire

/// Merging and linking contacts, in REST v2.
extension KeapAPI {
  func mergeContacts(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try KeapV2.fields(request.query().values(of: "fields"))
    let (contact, duplicate) = try KeapV2.merge(from: try await json(request))
    let record = try await issuer.mergeContact(duplicate, into: contact, by: caller(context))
    return .json(KeapV2.contact(record, fields: fields))
  }

  func linkContacts(_ request: Request, _ context: SiteContext) async throws -> Response {
    let pair = try KeapV2.pair(from: try await json(request))
    return .json(KeapV2.link(try await issuer.linkContacts(pair, by: caller(context))), status: .created)
  }

  func unlinkContacts(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.unlinkContacts(try KeapV2.pair(from: try await json(request)), by: caller(context))
    return Response(status: .noContent)
  }

  /// All of them: a contact has no more links than a page has room for.
  func listLinksOfContact(_ request: Request, _ context: SiteContext) async throws -> Response {
    let links = try await issuer.contactLinks(of: id(context, "Contact"), by: caller(context))
    return .json(KeapV2.list("links", links.map(KeapV2.link), nextPageToken: nil))
  }

  func listContactLinkTypes(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try ContactLinkTypeQuery(v2: parameters(request))
    let page = try await issuer.contactLinkTypes(matching: query, by: caller(context))
    let types = page.records.map(KeapV2.linkType)
    return .json(KeapV2.list("contact_link_types", types, nextPageToken: page.nextPageToken))
  }

  func createContactLinkType(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV2.linkTypeChange(from: try await json(request))
    return .json(
      KeapV2.linkType(try await issuer.createContactLinkType(change, by: caller(context))), status: .created)
  }

  func updateContactLinkType(_ request: Request, _ context: SiteContext) async throws -> Response {
    let mask = try KeapV2.linkTypeMask(request.query().values(of: "update_mask"))
    let change = try KeapV2.linkTypeChange(from: try await json(request), mask: mask)
    let type = try await issuer.updateContactLinkType(id(context, "Contact Link Type"), change, by: caller(context))
    return .json(KeapV2.linkType(type))
  }

  func deleteContactLinkType(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteContactLinkType(id(context, "Contact Link Type"), by: caller(context))
    return Response(status: .noContent)
  }
}
