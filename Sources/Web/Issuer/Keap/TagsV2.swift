import Contacts
import Hummingbird
import Issuer
import Wire

/// Tags in REST v2.
extension KeapAPI {
  func listTagsV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TagQuery(v2: parameters(request), of: .tags)
    let page = try await issuer.tags(matching: query, by: caller(context))
    return .json(KeapV2.list("tags", page.records.map(KeapTags.v2), nextPageToken: page.nextPageToken))
  }

  func createTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapTags.tagChange(from: try await json(request), dialect: .v2)
    return .json(KeapTags.v2(try await issuer.createTag(change, by: caller(context))), status: .created)
  }

  func readTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try await issuer.tag(id(context, "Tag"), by: caller(context))
    return try .record(KeapTags.v2(tag), tag.entityTag, for: request)
  }

  func updateTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let mask = try KeapTags.mask(request.query().values(of: "update_mask"), of: .tags)
    let change = try KeapTags.tagChange(from: try await json(request), dialect: .v2, mask: mask)
    let tag = try await issuer.updateTag(id(context, "Tag"), change, if: request.condition, by: caller(context))
    return .record(KeapTags.v2(tag), tag.entityTag)
  }

  func deleteTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteTag(id(context, "Tag"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }

  // MARK: - Categories

  func listTagCategoriesV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TagQuery(v2: parameters(request), of: .categories)
    let page = try await issuer.tagCategories(matching: query, by: caller(context))
    let categories = page.records.map(KeapTags.v2)
    return .json(KeapV2.list("tag_categories", categories, nextPageToken: page.nextPageToken))
  }

  func createTagCategoryV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapTags.categoryChange(from: try await json(request), dialect: .v2)
    return .json(KeapTags.v2(try await issuer.createTagCategory(change, by: caller(context))), status: .created)
  }

  func readTagCategoryV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(KeapTags.v2(try await issuer.tagCategory(id(context, "Tag Category"), by: caller(context))))
  }

  func updateTagCategoryV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let mask = try KeapTags.mask(request.query().values(of: "update_mask"), of: .categories)
    let change = try KeapTags.categoryChange(from: try await json(request), dialect: .v2, mask: mask)
    let category = try await issuer.updateTagCategory(id(context, "Tag Category"), change, by: caller(context))
    return .json(KeapTags.v2(category))
  }

  func deleteTagCategoryV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteTagCategory(id(context, "Tag Category"), by: caller(context))
    return Response(status: .noContent)
  }

  // MARK: - Contacts

  func listTaggedContactsV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TagQuery(v2: parameters(request), of: .contacts)
    let page = try await issuer.contacts(withTag: id(context, "Tag"), matching: query, by: caller(context))
    let contacts = page.records.map { KeapTags.v2($0.record, appliedAt: $0.at) }
    return .json(KeapV2.list("contacts", contacts, nextPageToken: page.nextPageToken))
  }

  func applyTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contacts = try KeapTags.ids(in: try await json(request), "contact_ids", dialect: .v2).withoutRepeats
    let outcomes = try await issuer.applyKnownTag(id(context, "Tag"), toContacts: contacts, by: caller(context))
    return .json(KeapTags.v2(zip(contacts, outcomes).map { (contact: $0, outcome: $1) }))
  }

  func removeTagV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let contacts = try KeapTags.ids(in: try await json(request), "contact_ids", dialect: .v2)
    try await issuer.removeTag(id(context, "Tag"), fromContacts: contacts, by: caller(context))
    return Response(status: .noContent)
  }

  func listTagsOfContactV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await listTags(of: .contacts, id(context, "Contact"), request, context)
  }

  // MARK: - Companies

  func listTaggedCompaniesV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TagQuery(v2: parameters(request), of: .companies)
    let page = try await issuer.companies(withTag: id(context, "Tag"), matching: query, by: caller(context))
    let companies = page.records.map { KeapTags.v2($0.record, appliedAt: $0.at) }
    return .json(KeapV2.list("tagged_companies", companies, nextPageToken: page.nextPageToken))
  }

  func listTagsOfCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await listTags(of: .companies, id(context, "Company"), request, context)
  }

  func applyTagToCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try id(context, "Tag", in: "tag")
    try await issuer.applyTag(tag, toCompany: id(context, "Company"), by: caller(context))
    return Response(status: .noContent)
  }

  func removeTagFromCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let tag = try id(context, "Tag", in: "tag")
    try await issuer.removeTag(tag, fromCompany: id(context, "Company"), by: caller(context))
    return Response(status: .noContent)
  }

  private func listTags(
    of bearer: TagBearer, _ id: Int64, _ request: Request, _ context: SiteContext
  ) async throws -> Response {
    let query = try TagQuery(v2: parameters(request), of: .applied)
    let page = try await issuer.tags(of: bearer, id, matching: query, by: caller(context))
    let tags = page.records.map { KeapTags.v2($0.record, appliedAt: $0.at) }
    return .json(KeapV2.list("tags", tags, nextPageToken: page.nextPageToken))
  }
}

extension [Int64] {
  /// Each once, at its first place: v2 answers once for each contact.
  fileprivate var withoutRepeats: [Int64] {
    var seen: Set<Int64> = []
    return filter { seen.insert($0).inserted }
  }
}
