/// One condition on a list that tags make; those of a query hold together.
package enum TagFilter: Hashable, Sendable {
  package enum Text: String, CaseIterable, Sendable {
    case name
    case description
    case givenName = "given_name"
    case familyName = "family_name"
    case email
    case companyName = "company_name"
  }

  package enum Time: String, CaseIterable, Sendable {
    case created = "create_time"
    case updated = "update_time"
    case applied = "applied_time"
  }

  /// A text, compared in its normal form but for a description; nil where there must be none.
  case text(Text, String?)
  /// Nil where there must be none.
  case category(Int64?)
  case ids([Int64])
  /// Milliseconds since 1970, inclusive.
  case from(Time, Int64)
  /// Milliseconds since 1970, inclusive.
  case until(Time, Int64)
}

package enum TagOrder: String, CaseIterable, Sendable {
  case id
  case name
  case created = "create_time"
  case updated = "update_time"
  case applied = "applied_time"
  case category = "category_id"
  case givenName = "given_name"
  case familyName = "family_name"
  case email
  case companyName = "company_name"
}

/// The lists that tags make, and what Keap lets each be filtered and sorted by.
package enum TagList: CaseIterable, Sendable {
  case tags
  case categories
  /// The tags of one contact, or of one company.
  case applied
  /// The contacts that have one tag.
  case contacts
  /// The companies that have one tag.
  case companies

  fileprivate var texts: [TagFilter.Text] {
    switch self {
    case .tags, .categories, .applied: [.name, .description]
    case .contacts: [.givenName, .familyName, .email]
    case .companies: [.companyName, .email]
    }
  }

  /// Whether `NONE` asks for those without the text; else it is a text like another.
  fileprivate func knowsNone(_ text: TagFilter.Text) -> Bool {
    switch text {
    case .name: self == .categories
    case .companyName: false
    case .description, .givenName, .familyName, .email: true
    }
  }

  fileprivate var times: [TagFilter.Time] {
    switch self {
    case .tags, .categories: [.created, .updated]
    case .applied: [.applied, .created, .updated]
    case .contacts, .companies: [.applied]
    }
  }

  fileprivate var hasCategory: Bool { self == .tags || self == .applied }

  /// v1's parameters that say which entries are meant.
  package var v1Parameters: Set<String> { self == .tags ? ["category", "name"] : [] }

  package var orders: [TagOrder] {
    switch self {
    case .tags, .categories: [.name, .created, .updated]
    case .applied: [.name, .created, .updated, .applied, .category]
    case .contacts: [.givenName, .familyName, .email, .applied]
    case .companies: [.companyName, .email, .applied]
    }
  }
}

/// A request for one of the lists that tags make, v1's or v2's, as values. A parameter without a value is not given.
package struct TagQuery: Hashable, Sendable {
  package var filters: [TagFilter] = []
  package var order = TagOrder.id
  package var page = PageRequest()

  package init() {}

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v1 parameters: [(name: String, value: String)], of list: TagList) throws(ContactRefusal) {
    for (name, value) in parameters where !value.isEmpty {
      if try page.read(v1: name, value) { continue }
      guard list.v1Parameters.contains(name) else { continue }
      if name == "name" {
        filters.append(.text(.name, value))
      } else {
        filters.append(.category(try KeapDialect.number(value, name)))
      }
    }
  }

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v2 parameters: [(name: String, value: String)], of list: TagList) throws(ContactRefusal) {
    let orders = list.orders.map { (name: $0.rawValue, order: $0) }
    let asked = try ListParameters(v2: parameters, orders: orders) { term throws(ContactRefusal) in
      try TagQuery.filter(term, of: list)
    }
    (filters, order, page) = (asked.filters, asked.order ?? order, asked.page)
  }

  private static func filter(_ term: FilterTerm, of list: TagList) throws(ContactRefusal) -> TagFilter {
    let (name, value) = (term.name, term.value)
    func none() throws(ContactRefusal) -> Bool {
      try term.requireEqual()
      guard !value.isEmpty else { throw ContactRefusal("filter: \(name) has no value") }
      return value == "NONE"
    }
    if let text = list.texts.first(where: { $0.rawValue == name }) {
      return .text(text, try none() && list.knowsNone(text) ? nil : value)
    }
    for time in list.times where name == "since_\(time.rawValue)" || name == "until_\(time.rawValue)" {
      try term.requireEqual()
      return name.hasPrefix("since") ? .from(time, try term.time()) : .until(time, try term.time())
    }
    if name == "category_id", list.hasCategory { return .category(try none() ? nil : term.number()) }
    if name == "tag_ids", list == .tags {
      try term.requireEqual()
      return .ids(try term.numbers())
    }
    throw term.unknown()
  }
}
