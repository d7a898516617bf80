import Contacts

extension Issuer {
  package func contacts(
    matching query: ContactQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<ContactRecord> {
    try await reading(caller) { shelf in
      let order = ListStatement.Order(
        column: query.order.column, isText: query.order.isText, isDescending: query.page.isDescending)
      let list = ListStatement(
        ListSource(.contact), tenant: shelf.tenant, try query.filters.map(shelf.condition), order: order)
      return try shelf.page(of: list, query.page) { try shelf.contacts($0) }
    }
  }
}

extension ContactOrder {
  /// What the list is sorted by; nil for the number alone. A missing text sorts as an empty one, so it comes first in SQLite
  /// and PostgreSQL alike; a missing address is stored as one.
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .created: "created_at"
    case .updated: "updated_at"
    case .name: "COALESCE(family_name, '') || ' ' || COALESCE(given_name, '')"
    case .givenName: "COALESCE(given_name, '')"
    case .email: "email"
    }
  }

  fileprivate var isText: Bool { self == .name || self == .givenName || self == .email }
}

extension TenantContacts {
  fileprivate func condition(_ filter: ContactFilter) throws -> ListCondition {
    switch filter {
    case .ids(let ids): .ids(ids)
    case .id(let comparison, let id): .id(comparison, id)
    case .text(.email, let text, let isPrefix): .email(text, isPrefix: isPrefix)
    case .text(.familyName, let text, let isPrefix): .name("family_name", text, isPrefix: isPrefix, rank: 2)
    case .text(.middleName, let text, let isPrefix): .name("middle_name", text, isPrefix: isPrefix, rank: 3)
    case .text(.givenName, let text, let isPrefix): .givenName(text, isPrefix: isPrefix)
    case .company(let id): .equal("company_id", id, rank: 5)
    case .updatedFrom(let time): .updated(from: time)
    case .updatedUntil(let time): .updated(until: time)
    case .search(let search): .values(search, of: .contact)
    case .custom(let term): try found(by: term, .contact)
    case .nobody: .nobody
    }
  }
}

extension ListCondition {
  /// True of no contact.
  fileprivate static var nobody: ListCondition { ListCondition(column: "id", test: .isNothing, rank: 0) }

  /// Nobody has an empty address; whoever has none is stored with one.
  fileprivate static func email(_ text: String, isPrefix: Bool) -> ListCondition {
    let form = NormalForm.email(text)
    guard form.isEmpty else { return .text("email", form, isPrefix: isPrefix, rank: 1) }
    return isPrefix ? ListCondition(column: "email", isText: true, test: .compares(">", .text(form))) : .nobody
  }

  fileprivate static func name(_ column: String, _ text: String, isPrefix: Bool, rank: Int) -> ListCondition {
    .text(column, NormalForm.name(text), isPrefix: isPrefix, rank: rank)
  }

  /// Through the index that lists are sorted by, so that a contact is not written into another. It has a missing name as an empty
  /// one: nobody has that, and all who have a name begin with it.
  fileprivate static func givenName(_ text: String, isPrefix: Bool) -> ListCondition {
    let form = NormalForm.name(text)
    guard form.isEmpty else { return .text("COALESCE(given_name, '')", form, isPrefix: isPrefix, rank: 4) }
    return isPrefix ? .text("given_name", form, isPrefix: true, rank: 4) : .nobody
  }
}
