import Contacts
import Hummingbird
import Issuer
import Wire

/// Tags in REST v1.
extension KeapAPI {
  func listTagsV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TagQuery(v1: parameters(request), of: .tags)
    let page = try await issuer.tags(matching: query, by: caller(context))
    return try list("tags", page, query.page, at: "tags", request, TagList.tags.v1Parameters) { KeapTags.v1($0) }
  }

  func createTagV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapTags.tagChange(from: try await json(request), dialect: .v1)
    return .json(KeapTags.v1(try await issuer.createTag(change, by: caller(context))))
  }

  func createTagCategoryV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapTags.categoryChange(from: try await json(request), dialect: .v1)
    return .json(KeapTags.v1(try await issuer.createTagCategory(change, by: caller(context))))
  }

  func readTagV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try await issuer.tag(id(context, "Tag"), by: caller(context))
    return try .record(KeapTags.v1(tag), tag.entityTag, for: request)
  }

  // MARK: - Of a tag

  func listTaggedContactsV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try id(context, "Tag")
    let query = try TagQuery(v1: parameters(request), of: .contacts)
    let page = try await issuer.contacts(withTag: tag, matching: query, by: caller(context))
    return try list("contacts", page, query.page, at: "tags/\(tag)/contacts", request) {
      KeapTags.v1($0.record, appliedAt: $0.at)
    }
  }

  func listTaggedCompaniesV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try id(context, "Tag")
    let query = try TagQuery(v1: parameters(request), of: .companies)
    let page = try await issuer.companies(withTag: tag, matching: query, by: caller(context))
    return try list("companies", page, query.page, at: "tags/\(tag)/companies", request) {
      KeapTags.v1($0.record, appliedAt: $0.at)
    }
  }

  /// Answers `TAG_ID_NOT_FOUND` for each contact where there is no such tag.
  func applyTagV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contacts = try KeapTags.ids(in: try await json(request), "ids", dialect: .v1)
    let outcomes = try await issuer.applyTag(id(context, "Tag"), toContacts: contacts, by: caller(context))
    return .json(KeapTags.v1(outcomes))
  }

  func removeTagFromContactsV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contacts = try KeapTags.ids(inQuery: request.query().values(of: "ids"))
    try await issuer.removeTag(id(context, "Tag"), fromContacts: contacts, by: caller(context))
    return Response(status: .noContent)
  }

  func removeTagFromContactV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contact = try id(context, "Contact", in: "contact")
    try await issuer.removeTag(id(context, "Tag"), fromContact: contact, by: caller(context))
    return Response(status: .noContent)
  }

  // MARK: - Of a contact

  func listTagsOfContactV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contact = try id(context, "Contact")
    let query = try TagQuery(v1: parameters(request), of: .applied)
    let page = try await issuer.tags(of: .contacts, contact, matching: query, by: caller(context))
    return try list("tags", page, query.page, at: "contacts/\(contact)/tags", request) {
      KeapTags.v1($0.record, appliedAt: $0.at)
    }
  }

  /// Answers `CONTACT_NOT_FOUND` for each tag where there is no such contact.
  func applyTagsToContactV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tags = try KeapTags.ids(in: try await json(request), "tagIds", dialect: .v1)
    let outcomes = try await issuer.applyTags(tags, toContact: id(context, "Contact"), by: caller(context))
    return .json(KeapTags.v1(outcomes))
  }

  func removeTagsOfContactV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tags = try KeapTags.ids(inQuery: request.query().values(of: "ids"))
    try await issuer.removeTags(tags, fromContact: id(context, "Contact"), by: caller(context))
    return Response(status: .noContent)
  }

  func removeTagOfContactV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try id(context, "Tag", in: "tag")
    try await issuer.removeTag(tag, fromContact: id(context, "Contact"), by: caller(context))
    return Response(status: .noContent)
  }
}
