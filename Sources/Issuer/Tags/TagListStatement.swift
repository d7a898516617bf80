import Contacts
import Store

/// Which of the lists that tags make, and whose.
enum TagListSubject {
  case tags
  case categories
  /// The tags of one contact or company.
  case applied(to: TagBearer, Int64)
  /// The contacts or companies that have one tag.
  case bearers(TagBearer, of: Int64)
}

/// The statements of a list that tags make, with every value bound and never spelled into them. They find numbers, places and
/// times; what is shown is read by these.
///
/// A list goes through an index of what it is a list of, from where the page before ended. One that is filtered or sorted by what
/// the index does not have costs as many steps as it has entries.
struct TagListStatement {
  private let query: TagQuery
  /// The table of what is listed (`t`), the one of what is applied (`a`), or both.
  private let source: String
  /// The column of the number that is listed.
  private let key: String
  private let appliedAt: String
  private let email: String
  /// Whether what is applied is joined with what is listed.
  private let isJoined: Bool
  private var conditions: [String] = []
  private var bindings = Bindings()

  init(tenant: Int64, _ subject: TagListSubject, _ query: TagQuery) {
    self.query = query
    let tenant = bindings.bind(tenant)
    // No company has an address yet.
    if case .bearers(.companies, _) = subject { email = "CAST(NULL AS TEXT)" } else { email = "t.email" }
    let bearer: TagBearer
    let records: String
    switch subject {
    case .tags, .categories:
      if case .tags = subject { source = "tags t" } else { source = "tag_categories t" }
      (key, appliedAt, isJoined) = ("t.id", "0", false)
      conditions = ["t.tenant_id = \(tenant)"]
      for filter in query.filters { add(filter) }
      return
    case .applied(let holder, let id):
      (bearer, records, key) = (holder, "tags", "a.tag_id")
      conditions = ["a.tenant_id = \(tenant)", "a.\(holder.column) = \(bindings.bind(id))"]
    case .bearers(let holder, let tag):
      (bearer, records, key) = (holder, holder.records, "a.\(holder.column)")
      conditions = ["a.tenant_id = \(tenant)", "a.tag_id = \(bindings.bind(tag))"]
    }
    appliedAt = "a.applied_at"
    // What is listed is joined only where a filter or the order looks at it: whatever is applied is there.
    isJoined = query.looksAtRecords
    source =
      isJoined
      ? "\(bearer.table) a JOIN \(records) t ON t.tenant_id = a.tenant_id AND t.id = \(key)" : "\(bearer.table) a"
    for filter in query.filters { add(filter) }
  }

  var values: [Value] { bindings.values }

  var count: String { "SELECT COUNT(*) AS total FROM \(source) WHERE \(condition)" }

  private var condition: String { conditions.joined(separator: " AND ") }

  /// A page of the list. No condition can be added afterwards.
  mutating func page(limit: Int, offset: Int) -> String {
    let direction = query.isDescending ? "DESC" : "ASC"
    let place = place ?? key
    // The number is named once: no index has an order that names it twice.
    let sorting = query.order == .id ? "\(key) \(direction)" : "\(place) \(direction), \(key) \(direction)"
    let (limit, offset) = (bindings.bind(limit), bindings.bind(offset))
    return """
      SELECT \(key) AS id, \(place) AS place, \(appliedAt) AS applied_at FROM \(source) WHERE \(condition)
      ORDER BY \(sorting) LIMIT \(limit) OFFSET \(offset)
      """
  }

  mutating func start(behind place: ContactListPlace) {
    let sign = query.isDescending ? "<" : ">"
    guard let column = self.place else {
      conditions.append("\(key) \(sign) \(bindings.bind(place.id))")
      return
    }
    let (value, id) = (bindings.bind(place.value), bindings.bind(place.id))
    conditions.append("(\(column), \(key)) \(sign) (\(value), \(id))")
  }

  /// What the list is sorted by; nil for the number alone. A missing text or number sorts first in SQLite and PostgreSQL alike.
  private var place: String? {
    switch query.order {
    case .id: nil
    case .name, .companyName: isJoined ? "t.normal_name || ''" : "t.normal_name"
    case .created: column(of: .created)
    case .updated: column(of: .updated)
    case .applied: column(of: .applied)
    case .category: "COALESCE(t.category_id, 0)"
    case .givenName: "COALESCE(t.given_name, '')"
    case .familyName: "COALESCE(t.family_name, '')"
    case .email: "COALESCE(\(email), '')"
    }
  }

  private mutating func add(_ filter: TagFilter) {
    switch filter {
    case .text(let field, let text):
      let column =
        switch field {
        case .name, .companyName: "t.normal_name"
        case .description: "t.description"
        case .givenName: "t.given_name"
        case .familyName: "t.family_name"
        case .email: email
        }
      guard let text else {
        conditions.append("\(column) IS NULL")
        return
      }
      let normal =
        switch field {
        case .email: NormalForm.email(text)
        case .description: text
        case .name, .companyName, .givenName, .familyName: NormalForm.name(text)
        }
      conditions.append("\(column) = \(bindings.bind(normal))")
    case .category(let id?): conditions.append("t.category_id = \(bindings.bind(id))")
    case .category(nil): conditions.append("t.category_id IS NULL")
    case .ids(let ids): conditions.append("\(key) IN (\(bindings.list(ids)))")
    case .from(let time, let moment): conditions.append("\(column(of: time)) >= \(bindings.bind(moment))")
    case .until(let time, let moment): conditions.append("\(column(of: time)) <= \(bindings.bind(moment))")
    }
  }

  /// A time; in a join it is spelled so that no index of what is listed is walked for it.
  private func column(of time: TagFilter.Time) -> String {
    switch time {
    case .created: isJoined ? "t.created_at + 0" : "t.created_at"
    case .updated: isJoined ? "t.updated_at + 0" : "t.updated_at"
    case .applied: appliedAt
    }
  }
}

extension TagQuery {
  /// Whether a filter or the order looks at what is listed, and not only at what is applied.
  fileprivate var looksAtRecords: Bool {
    if order != .id, order != .applied { return true }
    return filters.contains { filter in
      switch filter {
      case .ids, .from(.applied, _), .until(.applied, _): false
      case .text, .category, .from, .until: true
      }
    }
  }
}

extension TagOrder {
  var isText: Bool {
    switch self {
    case .name, .givenName, .familyName, .email, .companyName: true
    case .id, .created, .updated, .applied, .category: false
    }
  }
}
