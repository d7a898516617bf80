import Contacts
import Store

/// What has been applied, and when, in milliseconds since 1970: a tag of a contact or company, or one of these that has a tag.
package struct Applied<Record: Sendable & Equatable>: Sendable, Equatable {
  package var record: Record
  package var at: Int64
}

/// The lists that tags make.
extension TenantContacts {
  func tags(matching query: TagQuery) throws -> RecordPage<Tag> {
    try page(of: ListStatement(tenant: tenant, .tags, query), query.page) { try tags($0) }
  }

  func tagCategories(matching query: TagQuery) throws -> RecordPage<TagCategory> {
    try page(of: ListStatement(tenant: tenant, .categories, query), query.page) { try tagCategories($0) }
  }

  /// The tags of a contact or company.
  func tags(of bearer: TagBearer, _ id: Int64, matching query: TagQuery) throws -> RecordPage<Applied<Tag>> {
    switch bearer {
    case .contacts: try requireContact(id)
    case .companies: try requireCompany(id)
    }
    return try page(.applied(to: bearer, id), query) { try tags($0) }
  }

  func contacts(withTag tag: Int64, matching query: TagQuery) throws -> RecordPage<Applied<ContactRecord>> {
    _ = try requiredTag(tag)
    return try page(.bearers(.contacts, of: tag), query) { try contacts($0) }
  }

  func companies(withTag tag: Int64, matching query: TagQuery) throws -> RecordPage<Applied<CompanyRecord>> {
    _ = try requiredTag(tag)
    return try page(.bearers(.companies, of: tag), query) { try companies($0) }
  }

  /// - Parameter records: reads what is shown, by its numbers.
  private func page<Record>(
    _ subject: TagListSubject, _ query: TagQuery, _ records: ([Int64]) throws -> [Int64: Record]
  ) throws -> RecordPage<Applied<Record>> {
    let entries = try entries(of: ListStatement(tenant: tenant, subject, query), query.page)
    let found = try records(entries.numbers)
    return try entries.compactMap { entry in
      try found[entry["id"]].map { Applied(record: $0, at: try entry["applied_at"]) }
    }
  }
}
