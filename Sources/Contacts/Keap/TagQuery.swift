import Wire

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
  package var isDescending = false
  /// 1 to `ContactQuery.mostPerPage`.
  package var limit = ContactQuery.mostPerPage
  /// v1's place in the list.
  package var offset = 0
  /// v2's place in the list, as the page before gave it.
  package var pageToken: String?
  /// Whether all that match are counted, on all pages: v1 says how many there are, v2 does not.
  package var isCounted = true

  package init() {}

  // MARK: - v1

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v1 parameters: [(name: String, value: String)], of list: TagList) throws(ContactRefusal) {
    for (name, value) in parameters where !value.isEmpty {
      switch name {
      case "limit": limit = try ContactQuery.pageSize(value, name)
      case "offset":
        guard let number = Int(value), number >= 0, number <= Int(Int32.max) else {
          throw ContactRefusal("offset must be a number from 0")
        }
        offset = number
      case "name" where list == .tags: filters.append(.text(.name, value))
      case "category" where list == .tags:
        guard let id = Int64(value) else { throw ContactRefusal("category must be a number") }
        filters.append(.category(id))
      default: continue
      }
    }
  }

  /// These parameters as v1 writes them, with another offset: what `next` and `previous` hold.
  func v1Text(offset: Int) -> String {
    var fields = FormFields([("limit", String(limit)), ("offset", String(offset))])
    for filter in filters {
      switch filter {
      case .text(.name, let name?): fields.append("name", name)
      case .category(let id?): fields.append("category", String(id))
      default: continue
      }
    }
    return fields.encoded
  }

  // MARK: - v2

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v2 parameters: [(name: String, value: String)], of list: TagList) throws(ContactRefusal) {
    isCounted = false
    for (name, value) in parameters where !value.isEmpty {
      switch name {
      case "filter": filters += try TagQuery.filters(value, of: list)
      case "order_by": try read(order: value, of: list)
      case "page_size": limit = try ContactQuery.pageSize(value, name)
      case "page_token": pageToken = value
      default: continue
      }
    }
    guard filters.count <= 50 else { throw ContactRefusal("filter: at most 50 conditions") }
  }

  private mutating func read(order text: String, of list: TagList) throws(ContactRefusal) {
    let words = text.split(separator: " ").map(String.init)
    guard let known = list.orders.first(where: { $0.rawValue == words.first }),
      words.count == 1 || words.count == 2 && ["asc", "desc"].contains(words[1].lowercased())
    else {
      let names = list.orders.map(\.rawValue).joined(separator: ", ")
      throw ContactRefusal("order_by must be one of \(names), and asc or desc")
    }
    order = known
    isDescending = words.count == 2 && words[1].lowercased() == "desc"
  }

  private static func filters(_ text: String, of list: TagList) throws(ContactRefusal) -> [TagFilter] {
    var filters: [TagFilter] = []
    for term in text.split(separator: ";") where !NormalForm.trimmed(String(term)).isEmpty {
      guard let sign = term.firstRange(of: "==") else {
        throw ContactRefusal("filter: \(term) is not of the form field==value")
      }
      let name = NormalForm.trimmed(String(term[..<sign.lowerBound]))
      let value = NormalForm.trimmed(String(term[sign.upperBound...]))
      guard !value.isEmpty else { throw ContactRefusal("filter: \(name) has no value") }
      filters.append(try filter(name, value, of: list))
    }
    return filters
  }

  private static func filter(
    _ name: String, _ value: String, of list: TagList
  ) throws(ContactRefusal) -> TagFilter {
    if let text = list.texts.first(where: { $0.rawValue == name }) {
      return .text(text, value == none && list.knowsNone(text) ? nil : value)
    }
    for time in list.times where name == "since_\(time.rawValue)" || name == "until_\(time.rawValue)" {
      let moment = try ContactQuery.time(value, "filter: \(name)")
      return name.hasPrefix("since") ? .from(time, moment) : .until(time, moment)
    }
    if name == "category_id", list.hasCategory {
      if value == none { return .category(nil) }
      guard let id = Int64(value) else { throw ContactRefusal("filter: category_id must be a number or NONE") }
      return .category(id)
    }
    if name == "tag_ids", list == .tags {
      let parts = value.split(separator: ",", omittingEmptySubsequences: false)
      let ids = parts.compactMap { Int64(NormalForm.trimmed(String($0))) }
      guard ids.count == parts.count, ids.count <= ContactQuery.mostPerPage else {
        throw ContactRefusal("filter: tag_ids must be at most \(ContactQuery.mostPerPage) numbers, with commas between")
      }
      return .ids(ids)
    }
    throw ContactRefusal("filter: \(name) is not a field to filter by")
  }

  private static let none = "NONE"
}
