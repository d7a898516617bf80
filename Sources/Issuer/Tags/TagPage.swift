import Contacts
import Store

/// A page of a list that tags make.
package struct TagPage<Item: Sendable & Equatable>: Sendable, Equatable {
  package var items: [Item]
  /// How many match, on all pages; nil where the query does not ask.
  package var total: Int?
  /// Where the next page begins; nil on the last one.
  package var nextPageToken: String?
}

/// What has been applied, and when, in milliseconds since 1970: a tag of a contact or company, or one of these that has a tag.
package struct Applied<Record: Sendable & Equatable>: Sendable, Equatable {
  package var record: Record
  package var at: Int64
}

extension TenantContacts {
  func tags(matching query: TagQuery) throws -> TagPage<Tag> {
    try page(.tags, query) { try tags($0) }.unapplied()
  }

  func tagCategories(matching query: TagQuery) throws -> TagPage<TagCategory> {
    try page(.categories, query) { try tagCategories($0) }.unapplied()
  }

  /// The tags of a contact or company.
  func tags(of bearer: TagBearer, _ id: Int64, matching query: TagQuery) throws -> TagPage<Applied<Tag>> {
    switch bearer {
    case .contacts: try requireContact(id)
    case .companies: try requireCompany(id)
    }
    return try page(.applied(to: bearer, id), query) { try tags($0) }
  }

  func contacts(withTag tag: Int64, matching query: TagQuery) throws -> TagPage<Applied<ContactRecord>> {
    _ = try requiredTag(tag)
    return try page(.bearers(.contacts, of: tag), query) { ids in
      let records = try selected("* FROM contacts WHERE tenant_id", "id", ids).map { try record($0) }
      return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
    }
  }

  func companies(withTag tag: Int64, matching query: TagQuery) throws -> TagPage<Applied<Company>> {
    _ = try requiredTag(tag)
    return try page(.bearers(.companies, of: tag), query) { ids in
      let rows = try selected("id, name FROM companies WHERE tenant_id", "id", ids)
      return Dictionary(
        uniqueKeysWithValues: try rows.map { (try $0["id"], Company(id: try $0["id"], name: try $0["name"])) })
    }
  }

  /// - Parameter records: reads what is shown, by its numbers.
  private func page<Record>(
    _ subject: TagListSubject, _ query: TagQuery, _ records: ([Int64]) throws -> [Int64: Record]
  ) throws -> TagPage<Applied<Record>> {
    var statement = TagListStatement(tenant: tenant, subject, query)
    let total: Int? =
      query.isCounted
      ? try db.rows(statement.count, values: statement.values).first.orMissing("count")["total"] : nil
    if let token = query.pageToken {
      guard let place = ContactListPlace(token), place.isText == query.order.isText else {
        throw ContactFault.invalid("page_token is not one that this list gave")
      }
      statement.start(behind: place)
    }
    let page = statement.page(limit: query.limit + 1, offset: query.pageToken == nil ? query.offset : 0)
    let rows = try db.rows(page, values: statement.values)
    let shown = rows.prefix(query.limit)
    let found = try records(shown.map { try $0["id"] })
    let items = try shown.compactMap { row in
      try found[row["id"]].map { Applied(record: $0, at: try row["applied_at"]) }
    }
    let next = rows.count > query.limit ? try shown.last.map { try ContactListPlace($0, query.order).token } : nil
    return TagPage(items: items, total: total, nextPageToken: next)
  }
}

extension TagPage {
  /// The page of what is listed for itself, and not for being applied.
  fileprivate func unapplied<Record>() -> TagPage<Record> where Item == Applied<Record> {
    TagPage<Record>(items: items.map(\.record), total: total, nextPageToken: nextPageToken)
  }
}

extension ContactListPlace {
  init(_ row: Row, _ order: TagOrder) throws {
    value = order.isText ? .text(try row["place"]) : .integer(try row["place"])
    id = try row["id"]
  }

  var isText: Bool { if case .text = value { true } else { false } }
}
