import Contacts

extension Issuer {
  package func contacts(
    matching query: ContactQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<ContactRecord> {
    try await reading(caller) { shelf in try shelf.page(of: query) }
  }
}

extension TenantContacts {
  func page(of query: ContactQuery) throws -> RecordPage<ContactRecord> {
    var statement = ContactListStatement(tenant: tenant, query)
    let total: Int? =
      query.isCounted
      ? try db.rows(statement.count, values: statement.values).first.orMissing("count")["total"] : nil
    // Offsets count from the list's beginning, and a token stands for a place in it: a page has one or the other.
    if let token = query.pageToken {
      guard let place = ContactListPlace(token), place.fits(query.order) else {
        throw ContactFault.invalid("page_token is not one that this list gave")
      }
      statement.start(behind: place)
    }
    let page = statement.page(limit: query.limit + 1, offset: query.pageToken == nil ? query.offset : 0)
    let rows = try db.rows(page, values: statement.values)
    let shown = rows.prefix(query.limit)
    let next = rows.count > query.limit ? try shown.last.map { try ContactListPlace($0, query.order).token } : nil
    var records = try shown.map { try record($0) }
    let tags = try tagIDs(of: .contacts, records.map(\.id))
    for index in records.indices { records[index].tagIDs = tags[records[index].id] ?? [] }
    return RecordPage(records: records, total: total, nextPageToken: next)
  }
}
