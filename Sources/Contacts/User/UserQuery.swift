/// One condition on users; those of a query hold together.
package enum UserFilter: Hashable, Sendable {
  /// In normal form.
  case email(String)
  /// In normal form.
  case givenName(String)
  case ids([Int64])
  /// Without those whom the operator does not let in.
  case active
}

package enum UserOrder: CaseIterable, Hashable, Sendable {
  case id
  case created
  case email
  /// By family name.
  case name
}

/// A request for a list of users, v1's or v2's, as values.
package struct UserQuery: Hashable, Sendable {
  package var filters: [UserFilter] = []
  package var order = UserOrder.id
  package var page = PageRequest()

  package init() {}

  /// v1's parameters that say which users are meant.
  package static let v1Parameters: Set<String> = ["include_inactive", "include_partners"]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    for (name, value) in parameters where !value.isEmpty {
      if try page.read(v1: name, value) { continue }
      guard UserQuery.v1Parameters.contains(name) else { continue }
      let isIncluded = try KeapDialect.truth(value, name)
      // Nobody here is a partner.
      if name == "include_inactive", !isIncluded { filters.append(.active) }
    }
  }

  private static let v2Orders: [(name: String, order: UserOrder)] = [
    ("create_time", .created), ("email", .email), ("name", .name),
  ]

  private static let mostOnV2Page = 100

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    let asked: ListParameters<UserFilter?, UserOrder> = try ListParameters(
      v2: parameters, orders: UserQuery.v2Orders, filter: UserQuery.filter)
    (filters, order, page) = (asked.filters.compactMap(\.self), asked.order ?? order, asked.page)
    let isLarge = parameters.contains { $0.name == "page_size" && Int($0.value) ?? 0 > UserQuery.mostOnV2Page }
    if isLarge { throw ContactRefusal("page_size must be a number from 0 to \(UserQuery.mostOnV2Page)") }
    page.limit = min(page.limit, UserQuery.mostOnV2Page)
  }

  /// Nil for a condition that is true of all.
  private static func filter(_ term: FilterTerm) throws(ContactRefusal) -> UserFilter? {
    guard ["email", "given_name", "include_inactive", "include_partners", "user_ids"].contains(term.name) else {
      throw term.unknown()
    }
    try term.requireEqual()
    switch term.name {
    case "email": return .email(NormalForm.email(try term.text()))
    case "given_name": return .givenName(NormalForm.name(try term.text()))
    case "user_ids": return .ids(try term.numbers())
    case "include_inactive": return try term.truth() ? nil : .active
    default:
      // Nobody here is a partner.
      _ = try term.truth()
      return nil
    }
  }
}
