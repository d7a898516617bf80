import Wire

/// One condition on companies; those of a query hold together.
package enum CompanyFilter: Hashable, Sendable {
  package enum Text: Sendable {
    case name
    case email
    case city
    case state
  }

  /// A text, compared in its normal form.
  case text(Text, String, isPrefix: Bool)
  case id(FilterTerm.Comparison, Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedFrom(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedUntil(Int64)
  /// A condition on a field that the tenant defined, or on nothing that there is.
  case custom(FilterTerm)
}

package enum CompanyOrder: CaseIterable, Hashable, Sendable {
  case id
  case created
  case name
  case email
}

/// A request for a list of companies, v1's or v2's, as values.
package struct CompanyQuery: Hashable, Sendable {
  package var filters: [CompanyFilter] = []
  package var order = CompanyOrder.id
  package var page = PageRequest()
  /// v1's `optional_properties`, or v2's `fields`.
  package var properties: Set<String>?

  package init() {}

  /// v1's parameters that say which companies are meant, and how they are shown.
  package static let v1Parameters: Set<String> = ["company_name", "optional_properties", "order", "order_direction"]

  private static let v1Orders: [(name: String, order: CompanyOrder)] = [
    ("id", .id), ("date_created", .created), ("name", .name), ("email", .email),
  ]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    var optional: [String] = []
    for (name, value) in parameters {
      if try page.read(v1: name, value) { continue }
      switch name {
      case "company_name": if !value.isEmpty { filters.append(.text(.name, value, isPrefix: false)) }
      case "order": order = try PageRequest.order(v1: value, CompanyQuery.v1Orders) ?? order
      case "order_direction": try page.read(v1Direction: value)
      case "optional_properties": optional.append(value)
      default: continue
      }
    }
    properties = try KeapV1.companyProperties(optional)
  }

  private static let v2Orders: [(name: String, order: CompanyOrder)] = [
    ("id", .id), ("create_time", .created), ("name", .name), ("email", .email),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    let asked = try ListParameters(v2: parameters, orders: CompanyQuery.v2Orders, filter: CompanyQuery.filter)
    (filters, order, page) = (asked.filters, asked.order ?? order, asked.page)
    properties = try KeapV2.companyFields(asked.fields)
  }

  private static func filter(_ term: FilterTerm) throws(ContactRefusal) -> CompanyFilter {
    switch term.name {
    case "company_id":
      guard term.comparison != .unequal else { throw ContactRefusal("filter: company_id cannot be compared with !=") }
      return .id(term.comparison, try term.number())
    case "company_name", "name", "email", "city", "state", "since_time", "until_time": try term.requireEqual()
    // Which other names there are is known where the tenant's companies are.
    default: return .custom(term)
    }
    func text(_ text: CompanyFilter.Text) throws(ContactRefusal) -> CompanyFilter {
      let pattern = try term.pattern()
      return .text(text, pattern.text, isPrefix: pattern.isPrefix)
    }
    switch term.name {
    // A star in a name that is compared as a whole is a star.
    case "company_name": return .text(.name, try term.text(), isPrefix: false)
    case "email": return .text(.email, try term.text(), isPrefix: false)
    case "name": return try text(.name)
    case "city": return try text(.city)
    case "state": return try text(.state)
    case "since_time": return .updatedFrom(try term.time())
    default: return .updatedUntil(try term.time())
    }
  }
}
