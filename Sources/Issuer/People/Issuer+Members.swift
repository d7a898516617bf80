import Contacts
import Store

/// The members of a tenant as apps see them. Who they are is the operator's affair.
extension Issuer {
  package func members(
    matching query: UserQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<UserRecord> {
    try await reading(caller) { shelf in
      let source = ListSource(
        tables: "memberships m JOIN users u ON u.id = m.user_id", tenant: "m.tenant_id", key: "m.user_id")
      let order = ListStatement.Order(
        column: query.order.column, isText: query.order == .email || query.order == .name,
        isDescending: query.page.isDescending)
      let list = ListStatement(source, tenant: shelf.tenant, query.filters.map(\.condition), order: order)
      return try shelf.page(of: list, query.page) { try shelf.members($0) }
    }
  }

  /// - Throws: ``ContactFault/missing(_:)``, also for whoever is no member.
  package func member(_ id: Int64, by caller: Caller) async throws(ContactFault) -> UserRecord {
    try await reading(caller) { shelf in
      guard let member = try shelf.members([id])[id] else { throw ContactFault.missing(.user) }
      return member
    }
  }
}

extension TenantContacts {
  /// Those of the users who are members.
  func members(_ ids: [Int64]) throws -> [Int64: UserRecord] {
    let rows = try selected(
      """
      u.id, u.email, u.name, u.disabled_at, m.since FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE m.tenant_id
      """, "m.user_id", ids)
    let members = try rows.map { row in
      UserRecord(
        user: BasicUser(id: try row["id"], name: try row["name"], email: try row["email"]), since: try row["since"],
        isActive: try row["disabled_at"] as Int64? == nil)
    }
    return Dictionary(uniqueKeysWithValues: members.map { ($0.user.id, $0) })
  }
}

extension UserOrder {
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .created: "m.since"
    case .email: "u.email"
    case .name: "u.family_form"
    }
  }
}

extension UserFilter {
  /// No condition leads: a list goes through the tenant's members, who are few.
  fileprivate var condition: ListCondition {
    switch self {
    case .email(let email): ListCondition(column: "u.email", isText: true, test: .compares("=", .text(email)))
    case .givenName(let name): ListCondition(column: "u.given_form", isText: true, test: .compares("=", .text(name)))
    case .ids(let ids): ListCondition(column: "m.user_id", test: .isOneOf(ids))
    case .active: ListCondition(column: "u.disabled_at", test: .isNull(true))
    }
  }
}
